"""One source read for its scopes: pages fetched ahead, put into batches, handed over in order.

Decides what an error of Canvas means for the listing; knows nothing of tables or transactions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from canvas.client import Gap
from canvas.errors import CanvasError, SkippableError, TooManyRejectsError
from sync.batching import Deliver, Fetched, Prepare, Recognize, deliver_batches
from sync.earlier import Bookmark, Bookmarks, ListingEnd
from sync.listing import Listing
from sync.plan import Source
from sync.reader import Reader as Reader
from sync.transform.rows import Scope

# Pages waiting for the database; enough to overlap, little enough to keep memory flat.
_PAGES_AHEAD = 8
_SCOPES_AT_ONCE = 4


class Stop(Protocol):
    """Somebody's wish that the run ends after the current page; a `threading.Event` will do."""

    def is_set(self) -> bool: ...


@dataclass(slots=True, kw_only=True)
class Reading:
    """How reading one source went. `refused` keeps the first listing that may not be read.

    `gap`: why a listing that was read to its end may not be whole. `left_out`: tables of which
    Canvas could not bear to send the rows along. `began_at`: Canvas's clock when it was asked for
    the first page. `counted`: a listing of several pages was paged by number. `pages_before`: how
    many an earlier attempt of the run had stored.
    """

    error: CanvasError | None = None
    refused: SkippableError | None = None
    stopped: bool = False
    gap: Gap | None = None
    left_out: set[str] = field(default_factory=set)
    began_at: datetime | None = None
    counted: bool = False
    pages_before: int = 0

    def note_beginning(self, asked_at: datetime | None) -> None:
        if asked_at is not None and (self.began_at is None or asked_at < self.began_at):
            self.began_at = asked_at

    def note_end(self, end: ListingEnd) -> None:
        self.gap = self.gap or end.gap
        self.counted |= end.counted
        self.left_out |= end.left_out

    @property
    def complete(self) -> bool:
        """Every page of every scope was read, and is known to be every page."""
        whole = not self.stopped and self.gap is None
        return whole and self.error is None and self.refused is None


async def read(
    source: Source,
    scopes: list[Scope],
    *,
    reader: Reader,
    deliver: Deliver,
    stop: Stop,
    bookmarks: Bookmarks | None = None,
    recognize: Recognize | None = None,
    prepare: Prepare | None = None,
) -> Reading:
    """Hand every page of every scope to `deliver`, in batches.

    Of listings in `bookmarks` only what is not stored yet. Records that `recognize` knows to be
    stored as they are come as counts; `prepare` is given each batch before its turn. Canvas's
    errors end up in the Reading, and so does it that too many records were set aside; what else
    `deliver` raises is raised here.
    """
    reading = Reading()
    pages: asyncio.Queue[Fetched | None] = asyncio.Queue(maxsize=_PAGES_AHEAD)
    walks = _Walks(
        source, reader=reader, pages=pages, stop=stop, reading=reading, bookmarks=bookmarks or {}
    )
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(walks.all_of(scopes))
            await deliver_batches(
                source, pages, deliver=deliver, recognize=recognize, prepare=prepare
            )
    except BaseExceptionGroup as failures:
        error = first_of(failures)
        if not isinstance(error, TooManyRejectsError):
            raise error from error.__cause__
        reading.error = error
    return reading


def first_of(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """What failed first, taken out of the task groups it came through."""
    error = failures.exceptions[0]
    return first_of(error) if isinstance(error, BaseExceptionGroup) else error


class _Walks:
    """The listings of one source, a few at a time, into one queue that a None ends."""

    def __init__(
        self,
        source: Source,
        *,
        reader: Reader,
        pages: asyncio.Queue[Fetched | None],
        stop: Stop,
        reading: Reading,
        bookmarks: Bookmarks,
    ) -> None:
        self._source, self._reader, self._stop = source, reader, stop
        self._pages, self._reading, self._bookmarks = pages, reading, bookmarks

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
        bookmark = self._bookmarks.get(scope.parent or 0)
        if bookmark is not None and bookmark.end is not None:
            self._note_stored(bookmark, bookmark.end)
            return
        listing = Listing(self._source, scope, reader=self._reader, bookmark=bookmark)
        async for page, progress in listing.read():
            self._reading.note_beginning(progress.began_at)
            await self._pages.put(Fetched(page, progress))
            if progress.end is not None:
                self._reading.note_end(progress.end)
            if page.next_url is not None and self._stop.is_set():
                self._reading.stopped = True
                return
        self._reading.pages_before += listing.pages_before

    def _note_stored(self, bookmark: Bookmark, end: ListingEnd) -> None:
        """An earlier attempt has read it to its end."""
        self._reading.note_beginning(bookmark.began_at)
        self._reading.note_end(end)
        self._reading.pages_before += bookmark.pages
