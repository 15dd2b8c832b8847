"""One source read for its scopes: pages fetched ahead, put into batches, handed over in order.

Decides what an error of Canvas means for the listing; knows nothing of tables or transactions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from canvas.client import Completeness, Gap, Page
from canvas.errors import CanvasError, SkippableError
from sync.batch import PAGES_PER_BATCH, Batch, Progress, ReadPage, read_page
from sync.plan import Source
from sync.transform.rows import Scope

# Pages waiting for the database; enough to overlap, little enough to keep memory flat.
_PAGES_AHEAD = 8
_SCOPES_AT_ONCE = 4

Deliver = Callable[[Batch], Awaitable[None]]


class Reader(Protocol):
    """What is needed of `canvas.client.CanvasClient`."""

    async def fetch(
        self,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        source: str,
        listing: bool = True,
    ) -> Page: ...

    def walk(
        self,
        path: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        source: str,
        start_url: str | None = None,
        optional: Iterable[str] = (),
    ) -> AsyncIterator[Page]: ...


class Stop(Protocol):
    """Somebody's wish that the run ends after the current page; a `threading.Event` will do."""

    def is_set(self) -> bool: ...


@dataclass(slots=True, kw_only=True)
class Reading:
    """How reading one source went. `refused` keeps the first listing that may not be read.

    `gap`: why a listing that was read to its end may not be whole. `left_out`: tables of which
    Canvas could not bear to send the rows along.
    """

    error: CanvasError | None = None
    refused: SkippableError | None = None
    stopped: bool = False
    gap: Gap | None = None
    left_out: set[str] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """Every page of every scope was read, and is known to be every page."""
        whole = not self.stopped and self.gap is None
        return whole and self.error is None and self.refused is None


async def read(
    source: Source, scopes: list[Scope], *, reader: Reader, deliver: Deliver, stop: Stop
) -> Reading:
    """Hand every page of every scope to `deliver`, in batches.

    Canvas's errors end up in the Reading; what `deliver` raises is raised here.
    """
    reading = Reading()
    pages: asyncio.Queue[ReadPage | None] = asyncio.Queue(maxsize=_PAGES_AHEAD)
    walks = _Walks(source, reader=reader, pages=pages, stop=stop, reading=reading)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(walks.all_of(scopes))
            await _deliver_batches(source.name, pages, deliver)
    except BaseExceptionGroup as failures:
        raise first_of(failures) from None
    return reading


def first_of(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """What failed first, taken out of the task groups it came through."""
    error = failures.exceptions[0]
    return first_of(error) if isinstance(error, BaseExceptionGroup) else error


async def _deliver_batches(
    source: str, pages: asyncio.Queue[ReadPage | None], deliver: Deliver
) -> None:
    batch = Batch(source=source)
    while (page := await pages.get()) is not None:
        batch.rows += page.rows
        batch.rejects += page.rejects
        batch.progress.append(page.progress)
        if batch.pages == PAGES_PER_BATCH:
            await deliver(batch)
            batch = Batch(source=source)
    if batch.pages:
        await deliver(batch)


class _Walks:
    """The listings of one source, a few at a time, into one queue that a None ends."""

    def __init__(
        self,
        source: Source,
        *,
        reader: Reader,
        pages: asyncio.Queue[ReadPage | None],
        stop: Stop,
        reading: Reading,
    ) -> None:
        self._source, self._reader, self._stop = source, reader, stop
        self._pages, self._reading = pages, reading

    async def all_of(self, scopes: list[Scope]) -> None:
        waiting = iter(scopes)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_SCOPES_AT_ONCE, len(scopes))):
                group.create_task(self._one_after_another(waiting))
        await self._pages.put(None)

    async def _one_after_another(self, waiting: Iterator[Scope]) -> None:
        for scope in waiting:
            if self._stop.is_set():
                self._reading.stopped = True
            if self._reading.stopped or self._reading.error:
                return
            try:
                await self._walk(scope)
            except SkippableError as refusal:
                self._reading.refused = self._reading.refused or refusal
            except CanvasError as error:
                self._reading.error = self._reading.error or error

    async def _walk(self, scope: Scope) -> None:
        pages = records = 0
        async for page in self._pages_of(scope):
            pages, records = pages + 1, records + len(page.records)
            progress = Progress(scope=scope, pages=pages, records=records, next_url=page.next_url)
            await self._pages.put(
                read_page(
                    [bytes(record) for record in page.records],
                    source=self._source.name,
                    table=self._source.table,
                    transform=self._source.transform,
                    progress=progress,
                    asked_at=page.asked_at,
                    dated=self._source.dated,
                )
            )
            if page.completeness is not None:
                self._note(page.completeness)
            if page.next_url is not None and self._stop.is_set():
                self._reading.stopped = True
                return

    def _note(self, walk: Completeness) -> None:
        self._reading.gap = self._reading.gap or walk.gap
        optional = dict(self._source.optional_includes)
        self._reading.left_out |= {optional[include] for include in walk.dropped}

    async def _pages_of(self, scope: Scope) -> AsyncIterator[Page]:
        source = self._source
        path, params = source.path_for(scope), source.params
        if source.listing:
            optional = [include for include, _ in source.optional_includes]
            async for page in self._reader.walk(
                path, params=params, source=source.name, optional=optional
            ):
                yield page
        else:
            yield await self._reader.fetch(path, params=params, source=source.name, listing=False)
