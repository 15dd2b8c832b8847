"""A Canvas of canned pages and a store that only remembers, for tests of reading."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import msgspec

from canvas.client import Completeness, Gap, Page, Stats
from canvas.client.batches import Id, IdWalk
from canvas.errors import CanvasError, GoneError
from sync.batch import Batch
from sync.candidates import Candidates
from sync.census import Census
from sync.closing import Closing
from sync.earlier import Earlier
from sync.extract import Stop
from sync.likeness import Look
from sync.plan import Source
from sync.proof import Proofs
from sync.reach import Question, Reach
from sync.recognition import Recognized
from sync.runner import Course, Order, read_course
from sync.transform.rows import Payload

Listing: TypeAlias = Sequence[Sequence[Payload] | Exception]


class CannedReader:
    """Answers with `pages` by path; an error in a listing is raised in its place.

    `before_page` is called with path and page number; `ends_proven` False loses the proof of the
    end. What it does not know is a 404. `refusal` is for whoever wants to go on from a bookmark.
    """

    def __init__(self, pages: dict[str, Listing]) -> None:
        self.pages = pages
        self.asked: list[tuple[str, tuple[tuple[str, str], ...]]] = []
        self.started_at: list[str | None] = []
        self.refusal: CanvasError | None = None
        self.handed_out = 0
        self.stats = Stats()
        self.walking = self.most_walking = 0
        self.ends_proven = True
        self.dropped: tuple[str, ...] = ()
        self.before_page: Callable[[str, int], None] = lambda path, number: None

    async def fetch(
        self,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        source: str,
        listing: bool = True,
    ) -> Page:
        self.asked.append((path, tuple(params)))
        [only] = self._listing(path)
        page = self._page(path, only, number=1, is_last=True)
        return page if listing else replace(page, completeness=None)

    async def walk(
        self,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        source: str,
        start_url: str | None = None,
        optional: Iterable[str] = (),
    ) -> AsyncIterator[Page]:
        self.asked.append((path, tuple(params)))
        self.started_at.append(start_url)
        if start_url is not None and self.refusal is not None:
            raise self.refusal
        self.walking += 1
        self.most_walking = max(self.most_walking, self.walking)
        try:
            listing = self._listing(path)
            for number, records in enumerate(listing, start=1):
                await asyncio.sleep(0)
                yield self._page(path, records, number=number, is_last=number == len(listing))
        finally:
            self.walking -= 1

    async def graphql(
        self,
        query: str,
        *,
        variables: Mapping[str, object] | None = None,
        connection: tuple[str, ...],
        source: str,
    ) -> AsyncIterator[Page]:
        async for page in self.walk("/api/graphql", source=source):
            yield page

    def walk_ids(
        self,
        path: str,
        *,
        ids: Iterable[Id],
        name: str,
        params: Iterable[tuple[str, str]] = (),
        source: str,
    ) -> IdWalk:
        def walk(pairs: list[tuple[str, str]]) -> AsyncIterator[Page]:
            return self.walk(path, params=pairs, source=source)

        return IdWalk(ids, name=name, params=list(params), walk=walk)

    def _listing(self, path: str) -> Listing:
        if path not in self.pages:
            raise GoneError(source=path)
        return self.pages[path]

    def _page(
        self, path: str, records: Sequence[Payload] | Exception, *, number: int, is_last: bool
    ) -> Page:
        self.before_page(path, number)
        if isinstance(records, Exception):
            raise records
        self.handed_out += 1
        return Page(
            records=[msgspec.Raw(msgspec.json.encode(record)) for record in records],
            next_url=None if is_last else f"https://school.example.edu{path}?page={number + 1}",
            number=number,
            status=200,
            body_bytes=0,
            path=path,
            completeness=self._completeness(number) if is_last else None,
        )

    def _completeness(self, pages: int) -> Completeness:
        return Completeness(
            gap=None if self.ends_proven else Gap.LINKS_LOST,
            pages=pages,
            records=0,
            duplicates=0,
            counted=False,
            page_size=100,
            dropped=self.dropped,
        )


class MemoryStore:
    """Remembers what it was given; `failure` is raised by the first batch instead."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.census = Census()
        self.batches: list[Batch] = []
        self.closed: tuple[int, set[str], bool] | None = None
        self.found: Candidates | None = None
        self.closing: Closing | None = None
        self.ended: list[int] = []
        self.reaches: dict[str, Reach] = {}
        self.earlier = Earlier()
        self.recognized = Recognized()
        self._failure = failure

    async def recall(self) -> Earlier:
        return self.earlier

    async def reach(self, source: Source, question: Question) -> Reach:
        return self.reaches.get(source.name, Reach())

    async def recognize(self, looks: Sequence[Look | None]) -> Recognized:
        return self.recognized

    async def prepare(self, batch: Batch) -> None:
        """Nothing: `apply` writes nothing."""

    async def apply(self, batch: Batch) -> int:
        if self._failure:
            raise self._failure
        await asyncio.sleep(0)
        self.batches.append(batch)
        return len(batch.rejects)

    async def candidates(self, course: int, proofs: Proofs, *, accept_deletes: bool) -> Candidates:
        self.closed = (course, set(proofs), accept_deletes)
        return self.found or Candidates(course=course)

    async def close(self, closing: Closing) -> None:
        self.closing = closing

    async def end_course(self, course: int) -> None:
        self.ended.append(course)

    def keys_of(self, table: str) -> list[Any]:
        return [row.key for b in self.batches for row in b.rows if row.table == table]


class Diary:
    """A watch that writes down who started and who finished."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []
        self.stored_pages: dict[str, int] = {}
        self.whole: dict[str, bool] = {}

    def started(self, source: str) -> None:
        self.entries.append(("started", source))

    def stored(self, source: str, *, pages: int, rows: int) -> None:
        self.stored_pages[source] = self.stored_pages.get(source, 0) + pages

    def finished(self, source: str, *, complete: bool) -> None:
        self.entries.append(("finished", source))
        self.whole[source] = complete

    @property
    def read(self) -> set[str]:
        return {source for what, source in self.entries if what == "started"}


class Never:
    """Nobody wants the run to stop."""

    def is_set(self) -> bool:
        return False


class Reading:
    """One `read_course` over fakes: what it is given and what it leaves behind."""

    def __init__(self, pages: dict[str, Listing], *, failure: Exception | None = None) -> None:
        self.reader = CannedReader(pages)
        self.store = MemoryStore(failure)
        self.diary = Diary()

    async def of(
        self, course: int, *, only: tuple[str, ...] = (), stop: Stop | None = None
    ) -> Course:
        return await read_course(
            Order(course=course, only=only),
            reader=self.reader,
            store=self.store,
            watch=self.diary,
            stop=stop or Never(),
        )


def failing(*pages: list[Payload], error: CanvasError) -> Listing:
    """A listing that ends with an error after `pages`."""
    return [*pages, error]
