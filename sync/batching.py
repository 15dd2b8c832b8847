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
        records = [[bytes(record) for record in page.records] for page, _ in together]
        marks: list[list[Mark | None]] = [[] for _ in together]
        known = Recognized()
        if self._recognize is not None:
            marks = [_marks_of(found, page) for found, page in zip(records, together, strict=True)]
            known = await self._known([mark for of_page in marks for mark in of_page])
        batch = Batch(source=self._source.name, unchanged=dict(known.rows))
        batch.read_since = _since(together) if known.keys else None
        for fetched, found, of_page in zip(together, records, marks, strict=True):
            await asyncio.sleep(0)  # whoever asks Canvas for the next page goes first
            _add(self._source, batch, fetched, _unknown(found, of_page, known))
        return batch

    async def _known(self, marks: Sequence[Mark | None]) -> Recognized:
        assert self._recognize is not None
        under_way = frozenset().union(*self._under_way)
        known = await self._recognize(
            [mark for mark in marks if mark is not None and mark.key not in under_way]
        )
        self._under_way.append(frozenset(mark.key for mark in marks if mark) - known.keys)
        return known


def _add(
    source: Source, batch: Batch, fetched: Fetched, unknown: list[tuple[bytes, Mark | None]]
) -> None:
    page, progress = fetched
    read = read_page(
        [record for record, _ in unknown],
        source=source.name,
        table=source.table,
        transform=source.transform,
        progress=progress,
        asked_at=page.asked_at,
        dated=source.dated,
        marks=[mark for _, mark in unknown] if source.name == MARKED else (),
    )
    batch.records += len(page.records)
    batch.rows += read.rows
    batch.rejects += read.rejects
    batch.progress.append(progress)


def _marks_of(records: Sequence[bytes], fetched: Fetched) -> list[Mark | None]:
    course = fetched.progress.scope.course
    return [mark_of(record, course=course) for record in records]


def _unknown(
    records: Sequence[bytes], marks: Sequence[Mark | None], known: Recognized
) -> list[tuple[bytes, Mark | None]]:
    if not marks:
        return [(record, None) for record in records]
    pairs = zip(records, marks, strict=True)
    return [(record, mark) for record, mark in pairs if mark is None or mark.key not in known.keys]


def _since(together: Sequence[Fetched]) -> datetime | None:
    asked = (page.asked_at for page, _ in together)
    return min((at for at in asked if at is not None), default=None)
