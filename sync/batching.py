"""Pages into batches of rows: recognized or decoded, and handed over while the next are made.

Batches of one source are handed over in the order of their pages.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from canvas.client import Page
from canvas.client.seen import key_of
from sync.batch import (
    ENOUGH_RECORDS,
    LONGEST_WAIT_S,
    MOST_PAGES_PER_BATCH,
    OVERLAPPING,
    PAGES_PER_BATCH,
    Batch,
    Progress,
    read_page,
)
from sync.filling import Filler, Marked
from sync.likeness import MARKED, Look, looks_of, mark_of
from sync.plan import Source
from sync.recognition import Recognized

Deliver: TypeAlias = Callable[[Batch], Awaitable[None]]
Prepare: TypeAlias = Callable[[Batch], Awaitable[None]]
Recognize: TypeAlias = Callable[[Sequence[Look | None]], Awaitable[Recognized]]


# Batches handed over and not stored yet: one that commits, and one whose rows are written.
_AT_ONCE = 2


class Fetched(NamedTuple):
    """A page as it came, and how far its listing is with it."""

    page: Page
    progress: Progress


class _Opened(NamedTuple):
    """A page as it came, with its records as bytes, and looks at them if they have any."""

    page: Page
    progress: Progress
    records: list[bytes]
    looks: list[Look | None]


async def deliver_batches(
    source: Source,
    pages: asyncio.Queue[Fetched | None],
    *,
    deliver: Deliver,
    recognize: Recognize | None = None,
    prepare: Prepare | None = None,
) -> None:
    """Until None comes out of `pages`. Batches are delivered while another one is made."""
    made: asyncio.Queue[Batch | None] = asyncio.Queue(maxsize=1)
    free = asyncio.Semaphore(_AT_ONCE if source.name == OVERLAPPING else 1)

    async def hand_over(batch: Batch) -> None:
        try:
            await deliver(batch)
        finally:
            free.release()

    async with asyncio.TaskGroup() as group:
        group.create_task(_Maker(source, recognize, prepare).make(pages, made=made))
        while await free.acquire() and (batch := await made.get()) is not None:
            group.create_task(hand_over(batch))


class _Maker:
    """Makes the batches of one source.

    Pages of which the mirror has everything go with the next ones: there is only their place to be
    kept. Three batches may not be stored yet when the next one is made, the last not handed over:
    what is decoded in those is not looked for in the store, which has it as it was before. Such
    records come again when rows move between pages.
    """

    def __init__(
        self, source: Source, recognize: Recognize | None, prepare: Prepare | None
    ) -> None:
        self._source = source
        self._recognize = recognize if source.name == MARKED else None
        self._prepare = prepare
        self._now = asyncio.get_running_loop().time
        self._filler = Filler(source)
        self._decoded: frozenset[int] = frozenset()  # of the pages that ended the batch
        self._under_way: deque[frozenset[int]] = deque(maxlen=_AT_ONCE + 1)

    async def make(
        self, pages: asyncio.Queue[Fetched | None], *, made: asyncio.Queue[Batch | None]
    ) -> None:
        looked_at = self._recognize is not None
        together: list[_Opened] = []
        batch, begun = Batch(source=self._source.name), self._now()
        while (fetched := await pages.get()) is not None:
            # While the next page is on its way: all at once, it would be kept waiting.
            together.append(_opened(fetched, looked_at=looked_at))
            waited = self._now() - begun > LONGEST_WAIT_S
            if not waited and not _is_enough(together):
                continue
            batch.absorb(await self._batch_of(together))
            together = []
            if waited or batch.writes_rows or batch.pages >= MOST_PAGES_PER_BATCH:
                await self._hand_over(batch, made)
                batch, begun = Batch(source=self._source.name), self._now()
        if together:
            batch.absorb(await self._batch_of(together))
        if batch.pages:
            await self._hand_over(batch, made)
        await made.put(None)

    async def _hand_over(self, batch: Batch, made: asyncio.Queue[Batch | None]) -> None:
        self._under_way.append(self._decoded)
        await made.put(batch)

    async def _batch_of(self, together: Sequence[_Opened]) -> Batch:
        known = Recognized()
        if self._recognize is not None:
            known = await self._known([look for page in together for look in page.looks])
        batch = Batch(source=self._source.name, unchanged=dict(known.rows))
        batch.read_since = _since(together) if known.keys else None
        new = _surely_new(known, together)
        # In a thread: whoever asks Canvas for the next page is kept waiting less.
        await asyncio.to_thread(self._decode, batch, together, known=known, new=new)
        if self._prepare is not None:
            await self._prepare(batch)
        return batch

    def _decode(
        self,
        batch: Batch,
        together: Sequence[_Opened],
        *,
        known: Recognized,
        new: frozenset[int],
    ) -> None:
        for opened in together:
            self._add(batch, opened, _unknown(opened, known), new)
        batch.sheets = self._filler.sheets()

    def _add(
        self, batch: Batch, opened: _Opened, records: list[Marked], new: frozenset[int]
    ) -> None:
        page, progress = opened.page, opened.progress
        others = self._filler.take(records, new=new, asked_at=page.asked_at) if new else records
        read = read_page(
            [record for record, _ in others],
            source=self._source.name,
            table=self._source.table,
            transform=self._source.transform,
            progress=progress,
            asked_at=page.asked_at,
            dated=self._source.dated,
            marks=[mark for _, mark in others] if self._source.name == MARKED else (),
        )
        batch.records += len(page.records)
        batch.rows += read.rows
        batch.rejects += read.rejects
        batch.progress.append(progress)

    async def _known(self, looks: Sequence[Look | None]) -> Recognized:
        assert self._recognize is not None
        under_way = frozenset().union(*self._under_way)
        known = await self._recognize(
            [look for look in looks if look is not None and look.key not in under_way]
        )
        self._decoded = frozenset(look.key for look in looks if look) - known.keys
        return known


def _is_enough(together: Sequence[_Opened]) -> bool:
    """Pages of long listings, or more of short ones if they have few records."""
    if len(together) < PAGES_PER_BATCH:
        return False
    unended = sum(opened.page.next_url is not None for opened in together)
    records = sum(len(opened.records) for opened in together)
    most = len(together) >= MOST_PAGES_PER_BATCH
    return most or unended >= PAGES_PER_BATCH or records >= ENOUGH_RECORDS


def _opened(fetched: Fetched, *, looked_at: bool) -> _Opened:
    page, progress = fetched
    records, looks = list(map(bytes, page.records)), list[Look | None]()
    if looked_at:
        keys = page.keys or list(map(key_of, records))
        looks = looks_of(records, keys, course=progress.scope.course)
    return _Opened(page, progress, records, looks)


def _unknown(opened: _Opened, known: Recognized) -> list[Marked]:
    if not opened.looks:
        return [(record, None) for record in opened.records]
    return [
        (record, look and mark_of(look))
        for record, look in zip(opened.records, opened.looks, strict=True)
        if look is None or look.key not in known.keys
    ]


def _surely_new(known: Recognized, together: Sequence[_Opened]) -> frozenset[int]:
    """None where a record may come twice: of those that do the last one counts."""
    if not known.absent:
        return known.absent
    looks = [look for opened in together for look in opened.looks]
    if None in looks or len({look.key for look in looks if look}) < len(looks):
        return frozenset()
    return known.absent


def _since(together: Sequence[_Opened]) -> datetime | None:
    asked = (opened.page.asked_at for opened in together)
    return min((at for at in asked if at is not None), default=None)
