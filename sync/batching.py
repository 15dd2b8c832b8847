"""Pages into batches of rows: recognized or decoded, and handed over while the next are made.

Batches of one source are handed over one after the other, in the order of their pages.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from canvas.client import Page
from sync.batch import PAGES_PER_BATCH, Batch, Progress, read_page
from sync.filling import Filler, Marked
from sync.likeness import MARKED, Mark, mark_of
from sync.plan import Source
from sync.recognition import Recognized

Deliver: TypeAlias = Callable[[Batch], Awaitable[None]]
Recognize: TypeAlias = Callable[[Sequence[Mark | None]], Awaitable[Recognized]]


class Fetched(NamedTuple):
    """A page as it came, and how far its listing is with it."""

    page: Page
    progress: Progress


async def deliver_batches(
    source: Source,
    pages: asyncio.Queue[Fetched | None],
    *,
    deliver: Deliver,
    recognize: Recognize | None = None,
) -> None:
    """Until None comes out of `pages`. One batch is delivered while another one is made."""
    made: asyncio.Queue[Batch | None] = asyncio.Queue(maxsize=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(_Maker(source, recognize).make(pages, made=made))
        while (batch := await made.get()) is not None:
            await deliver(batch)


class _Maker:
    """Makes the batches of one source.

    Two of them may not be stored yet when the next one is made: what is decoded in those is not
    looked for in the store, which has it as it was before. Such records come again when rows move
    between pages.
    """

    def __init__(self, source: Source, recognize: Recognize | None) -> None:
        self._source = source
        self._recognize = recognize if source.name == MARKED else None
        self._filler = Filler(source)
        self._under_way: deque[frozenset[int]] = deque(maxlen=2)

    async def make(
        self, pages: asyncio.Queue[Fetched | None], *, made: asyncio.Queue[Batch | None]
    ) -> None:
        together: list[Fetched] = []
        while (fetched := await pages.get()) is not None:
            together.append(fetched)
            if len(together) == PAGES_PER_BATCH:
                await made.put(await self._batch_of(together))
                together = []
        if together:
            await made.put(await self._batch_of(together))
        await made.put(None)

    async def _batch_of(self, together: Sequence[Fetched]) -> Batch:
        found = [_records_of(fetched, marked=self._recognize is not None) for fetched in together]
        known = Recognized()
        if self._recognize is not None:
            known = await self._known([mark for of_page in found for _, mark in of_page])
        batch = Batch(source=self._source.name, unchanged=dict(known.rows))
        batch.read_since = _since(together) if known.keys else None
        new = _surely_new(known, found)
        for fetched, of_page in zip(together, found, strict=True):
            await asyncio.sleep(0)  # whoever asks Canvas for the next page goes first
            unknown = [(record, mark) for record, mark in of_page if not _is_known(mark, known)]
            self._add(batch, fetched, unknown, new)
        batch.sheets = self._filler.sheets()
        return batch

    def _add(
        self, batch: Batch, fetched: Fetched, records: list[Marked], new: frozenset[int]
    ) -> None:
        page, progress = fetched
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

    async def _known(self, marks: Sequence[Mark | None]) -> Recognized:
        assert self._recognize is not None
        under_way = frozenset().union(*self._under_way)
        known = await self._recognize(
            [mark for mark in marks if mark is not None and mark.key not in under_way]
        )
        self._under_way.append(frozenset(mark.key for mark in marks if mark) - known.keys)
        return known


def _records_of(fetched: Fetched, *, marked: bool) -> list[Marked]:
    records = map(bytes, fetched.page.records)
    if not marked:
        return [(record, None) for record in records]
    course = fetched.progress.scope.course
    return [(record, mark_of(record, course=course)) for record in records]


def _is_known(mark: Mark | None, known: Recognized) -> bool:
    return mark is not None and mark.key in known.keys


def _surely_new(known: Recognized, found: Sequence[Sequence[Marked]]) -> frozenset[int]:
    """None where a record may come twice: of those that do the last one counts."""
    if not known.absent:
        return known.absent
    marks = [mark for of_page in found for _, mark in of_page]
    if None in marks or len({mark.key for mark in marks if mark}) < len(marks):
        return frozenset()
    return known.absent


def _since(together: Sequence[Fetched]) -> datetime | None:
    asked = (page.asked_at for page, _ in together)
    return min((at for at in asked if at is not None), default=None)
