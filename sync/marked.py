"""What is marked of a listing, read as if it were the listing: a few requests for a few rows.

Knows Canvas's parameters and no tables. What Canvas refuses is left out and proves nothing: a
student who has just left (trap 46) or work just hidden (trap 45) is told of by an event of its own.
Source: canvas-api 4.6, 4.11 (b).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass

import structlog

from canvas.client import Page
from canvas.client.seen import key_of
from canvas.errors import CanvasError, ContractError, ForbiddenError, GoneError, SkippableError
from sync.extract import Reader
from sync.one_listing import as_one_listing
from sync.targets import Wanted
from sync.tiles import ASSIGNMENTS, STUDENTS, Layout, Tile, layout_of
from sync.told import ChangeReader

log = structlog.get_logger(__name__)

_EVERYBODY = (STUDENTS, "all")
_REFUSED = (ForbiddenError, GoneError, ContractError)
_OF_AN_ID = (400, 403, 404, 422)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """The listing as the plan has it. `narrow`: without its word for everybody."""

    path: str
    params: tuple[tuple[str, str], ...]
    source: str

    @property
    def narrow(self) -> tuple[tuple[str, str], ...]:
        return tuple(pair for pair in self.params if pair != _EVERYBODY)


class MarkedPeople:
    """A `Reader` of enrollments: those of some persons, each a request."""

    def __init__(self, reader: Reader, people: Iterable[int]) -> None:
        self._reader, self._people = reader, sorted(people)
        self.fetch = reader.fetch

    async def walk(
        self,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        source: str,
        start_url: str | None = None,
        optional: Iterable[str] = (),
    ) -> AsyncIterator[Page]:
        """There is no place to go on from: `start_url` is not looked at."""
        listing = _Listing(path=path, params=tuple(params), source=source)
        async for page in as_one_listing(self._pages(listing), path):
            yield page

    async def _pages(self, listing: _Listing) -> AsyncIterator[Page]:
        for person in self._people:
            asked = (*listing.params, ("user_id", str(person)))
            try:
                async for page in self._reader.walk(
                    listing.path, params=asked, source=listing.source
                ):
                    yield page
            except SkippableError as refusal:
                log.info("marked.refused", source=listing.source, code=refusal.code)


class MarkedWork:
    """A `Reader` of submissions: those that `wanted` names, and then those of `rest`, if any.

    After the walk: `lists` are the assignments whose whole lists were read, `received` the ids of
    all submissions that came. `sizes`: assignment → how many submissions it has.
    """

    def __init__(
        self,
        reader: ChangeReader,
        wanted: Wanted,
        *,
        sizes: Mapping[int, int],
        rest: Reader | None = None,
    ) -> None:
        self._reader, self._wanted, self._rest = reader, wanted, rest
        works = {work for work in wanted.works if not self._comes_anyway(*work)}
        self._layout: Layout = layout_of(works, sizes=sizes)
        self.lists = set(wanted.lists | self._layout.lists)
        self.received: set[int] = set()
        self.fetch = reader.fetch

    def _comes_anyway(self, assignment: int, student: int) -> bool:
        return assignment in self._wanted.lists or student in self._wanted.students

    async def walk(
        self,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        source: str,
        start_url: str | None = None,
        optional: Iterable[str] = (),
    ) -> AsyncIterator[Page]:
        """There is no place to go on from: `start_url` is not looked at."""
        listing = _Listing(path=path, params=tuple(params), source=source)
        async for page in as_one_listing(self._pages(listing, tuple(optional)), path):
            keys = map(key_of, page.records)
            self.received.update(key for key in keys if isinstance(key, int))
            yield page

    async def _pages(self, listing: _Listing, optional: tuple[str, ...]) -> AsyncIterator[Page]:
        async for page in self._whole_lists(listing):
            yield page
        students = sorted(self._wanted.students)
        async for page in self._by_ids(listing, students, name=STUDENTS):
            yield page
        for tile in self._layout.tiles:
            for part in tile.parts:
                async for page in self._part(listing, tile, part):
                    yield page
        if self._rest is not None:
            async for page in self._rest.walk(
                listing.path, params=listing.params, source=listing.source, optional=optional
            ):
                yield page

    async def _whole_lists(self, listing: _Listing) -> AsyncIterator[Page]:
        walk = self._reader.walk_ids(
            listing.path,
            ids=sorted(self.lists),
            name=ASSIGNMENTS,
            params=listing.params,
            source=listing.source,
        )
        try:
            async for page in walk:
                yield page
        except _REFUSED as refusal:
            _note(listing, refusal)
            self.lists.clear()
        self.lists -= {int(refused) for refused in walk.refused}

    async def _part(
        self, listing: _Listing, tile: Tile, part: Collection[int]
    ) -> AsyncIterator[Page]:
        """One that is refused may be refused for the sake of one id: then each fixed one alone."""
        fixed = tuple((tile.name, str(value)) for value in tile.fixed)
        walk = self._reader.walk_ids(
            listing.path,
            ids=part,
            name=tile.by,
            params=(*listing.narrow, *fixed),
            source=listing.source,
        )
        left: Collection[int] = ()
        try:
            async for page in walk:
                yield page
            left = [int(refused) for refused in walk.refused]
        except _REFUSED as refusal:
            _note(listing, refusal)
            left = part
        if left and len(tile.fixed) > 1:
            for value in tile.fixed:
                alone = Tile(name=tile.name, fixed=(value,), by=tile.by, ids=tuple(left))
                async for page in self._part(listing, alone, left):
                    yield page

    async def _by_ids(
        self, listing: _Listing, ids: Collection[int], *, name: str
    ) -> AsyncIterator[Page]:
        walk = self._reader.walk_ids(
            listing.path, ids=ids, name=name, params=listing.narrow, source=listing.source
        )
        try:
            async for page in walk:
                yield page
        except _REFUSED as refusal:
            _note(listing, refusal)


def _note(listing: _Listing, refusal: CanvasError) -> None:
    """Raises what is no refusal of some id, such as an answer that is not understood."""
    if isinstance(refusal, ContractError) and refusal.status not in _OF_AN_ID:
        raise refusal
    log.info("marked.refused", source=listing.source, code=refusal.code)
