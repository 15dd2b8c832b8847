"""The submissions of a course that changed: read as one listing, whatever way Canvas allows.

Knows Canvas's ways around its missing filter and no tables. Where GraphQL may be asked, it tells
which rows were written and REST reads just those; else two filtered walks, which see less.
Source: canvas-api 4.11, 5.3 and 5.4; traps 45, 46 and 50.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Final

import structlog

from canvas.client import Page
from canvas.client.seen import key_of
from canvas.errors import ForbiddenError, GoneError
from sync.changed_rows import WALKS, ChangedRow, Group, groups_of, walks_worth
from sync.one_listing import as_one_listing
from sync.proof import Mode
from sync.reach import Reach
from sync.told import ChangeReader, Told, as_canvas_writes, told_of_changes

log = structlog.get_logger(__name__)

_EVERYBODY: Final = ("student_ids[]", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """The listing as the plan has it."""

    path: str
    params: tuple[tuple[str, str], ...]
    source: str
    optional: tuple[str, ...]


class ChangedWork:
    """A `Reader` of one listing, of which it reads what `reach` says.

    After the walk: `mode` is the way it went, `parents` are the assignments whose whole lists were
    read, `full_because` is what only a full reading can settle.
    """

    def __init__(self, reader: ChangeReader, reach: Reach, *, course: int) -> None:
        assert reach.since is not None
        self._reader, self._course, self._since = reader, course, reach.since
        self.mode, self.parents, self.full_because = reach.mode, set(reach.parents), ""
        self.fetch = reader.fetch  # what is no listing is read as ever

    async def walk(
        self,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        source: str,
        start_url: str | None = None,
        optional: Iterable[str] = (),
    ) -> AsyncIterator[Page]:
        """Every page with something that changed; one that says nothing when nothing did.

        There is no place to go on from: `start_url` is not looked at.
        """
        listing = _Listing(path=path, params=tuple(params), source=source, optional=tuple(optional))
        async for page in as_one_listing(self._pages(listing), path):
            yield page

    async def _pages(self, listing: _Listing) -> AsyncIterator[Page]:
        told = await told_of_changes(
            self._reader, course=self._course, since=self._since, source=listing.source
        )
        if told is not None:
            yield told.page
        everything = told is not None and told.too_many
        async for page in self._everything(listing) if everything else self._some(listing, told):
            yield page

    def _everything(self, listing: _Listing) -> AsyncIterator[Page]:
        self.mode, self.parents = Mode.FULL, set()
        return self._reader.walk(
            listing.path, params=listing.params, source=listing.source, optional=listing.optional
        )

    async def _some(self, listing: _Listing, told: Told | None) -> AsyncIterator[Page]:
        if self.mode is not Mode.CHANGED_PARENTS:
            self.mode = Mode.SUBMITTED_SINCE if told is None else Mode.UPDATED_SINCE
        rows = {} if told is None else told.rows
        self._read_whole(row.assignment for row in rows.values() if row.user is None)
        async for page in self._whole_lists(listing):
            yield page
        rest = {key: row for key, row in rows.items() if row.assignment not in self.parents}
        for walk in WALKS if told is None else walks_worth(rest.values()):
            async for page in self._filtered(listing, walk):
                _take_out(rest, page)
                yield page
        for group in groups_of(rest.values()):
            async for page in self._of_group(listing, group):
                yield page

    def _read_whole(self, assignments: Iterable[int]) -> None:
        """While names are hidden no row can be asked for by its student: then by assignment."""
        if found := set(assignments):
            self.parents |= found
            self.mode = Mode.CHANGED_PARENTS

    async def _whole_lists(self, listing: _Listing) -> AsyncIterator[Page]:
        """Of assignments; one that Canvas no longer lists (trap 45) proves nothing."""
        walk = self._reader.walk_ids(
            listing.path,
            ids=sorted(self.parents),
            name="assignment_ids[]",
            params=listing.params,
            source=listing.source,
        )
        async for page in walk:
            yield page
        self.parents -= {int(refused) for refused in walk.refused}

    def _filtered(self, listing: _Listing, name: str) -> AsyncIterator[Page]:
        """Two filters at once would mean "and" (canvas-api 5.3)."""
        return self._reader.walk(
            listing.path,
            params=(*listing.params, (name, as_canvas_writes(self._since))),
            source=listing.source,
            optional=listing.optional,
        )

    async def _of_group(self, listing: _Listing, group: Group) -> AsyncIterator[Page]:
        """Somebody who just left (trap 46) or work just hidden is left to a full reading."""
        kept = (pair for pair in listing.params if pair != _EVERYBODY)
        walk = self._reader.walk_ids(
            listing.path,
            ids=group.ids,
            name=group.by,
            params=(*kept, (group.name, str(group.value))),
            source=listing.source,
        )
        try:
            async for page in walk:
                yield page
        except (ForbiddenError, GoneError) as refusal:
            log.info("changes.refused", source=listing.source, code=refusal.code)
            self.full_because = "changed rows were refused"
        if walk.refused:
            self.full_because = "changed rows were refused"


def _take_out(rows: dict[int, ChangedRow], page: Page) -> None:
    for record in page.records:
        key = key_of(record)
        if isinstance(key, int):
            rows.pop(key, None)
