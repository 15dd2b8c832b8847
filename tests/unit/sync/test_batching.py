"""Which records are looked for in the store, which are decoded, and which are only counted."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from canvas.client import Page
from sync.batch import MOST_PAGES_PER_BATCH, PAGES_PER_BATCH, Batch, Progress
from sync.batching import Fetched, deliver_batches
from sync.likeness import Look
from sync.plan import BY_NAME
from sync.recognition import Recognized
from sync.transform.rows import Payload, Scope
from tests.unit.transform.payloads import section
from tests.unit.transform.work_payloads import submission


class Store:
    """Knows the records with the Canvas ids `known`, under a primary key ten times as large."""

    def __init__(self, *known: int) -> None:
        self.known, self.asked = set(known), list[list[int]]()
        self.batches: list[Batch] = []

    async def recognize(self, looks: Sequence[Look | None]) -> Recognized:
        keys = [look.key for look in looks if look is not None]
        self.asked.append(keys)
        found = frozenset(keys) & self.known
        return Recognized(keys=found, rows={"submissions": [10 * key for key in sorted(found)]})

    async def deliver(self, batch: Batch) -> None:
        self.batches.append(batch)

    async def take(self, source: str, *pages: list[Payload]) -> None:
        waiting: asyncio.Queue[Fetched | None] = asyncio.Queue()
        for number, records in enumerate(pages, start=1):
            await waiting.put(_fetched(number, records))
        await waiting.put(None)
        await deliver_batches(
            BY_NAME[source], waiting, deliver=self.deliver, recognize=self.recognize
        )

    @property
    def decoded(self) -> list[list[int | str]]:
        return [
            [row.key for row in batch.rows if row.table == "submissions"] for batch in self.batches
        ]


def _fetched(number: int, records: list[Payload]) -> Fetched:
    raw = [msgspec.Raw(msgspec.json.encode(record)) for record in records]
    page = Page(records=raw, next_url=None, number=number, status=200, body_bytes=0, path="")
    progress = Progress(scope=Scope(course=101), pages=number, records=number, next_url=None)
    return Fetched(page, progress)


def full_pages(*ids: int) -> list[list[Payload]]:
    """Long enough to make batches of `PAGES_PER_BATCH`; one record of each has the id given."""
    others = iter(range(1000, 1000 + 49 * len(ids)))
    return [
        [submission(id=number), *(submission(id=next(others)) for _ in range(49))] for number in ids
    ]


def pages(*ids: int) -> list[list[Payload]]:
    """One record each."""
    return [[submission(id=number)] for number in ids]


async def test_what_the_store_has_is_counted_and_the_rest_is_decoded() -> None:
    store = Store(2)
    await store.take("submissions", [submission(id=1), submission(id=2)])
    assert store.decoded == [[1]]
    assert store.batches[0].unchanged == {"submissions": [20]}
    assert store.batches[0].row_count == len(store.batches[0].rows) + 1


async def test_a_record_without_a_mark_is_decoded_unasked() -> None:
    store = Store(1)
    odd = submission(id=1)
    del odd["late"]
    await store.take("submissions", [odd])
    assert (store.asked, store.decoded) == ([[]], [[1]])


async def test_what_is_decoded_and_may_not_be_stored_yet_is_not_looked_for() -> None:
    """It comes again when rows move between pages; the store has it as it was before."""
    store = Store()
    size = PAGES_PER_BATCH
    ids = (*range(1, size + 1), 3, *range(size + 1, 2 * size), 4, *range(2 * size, 5 * size - 1), 5)
    await store.take("submissions", *full_pages(*ids))
    again = [keys for keys in store.asked[1:] if {3, 4} & set(keys)]
    assert again == []
    assert 3 in store.decoded[1]
    assert 4 in store.decoded[2]
    assert 5 in store.asked[-1]


async def test_other_sources_are_decoded_unasked() -> None:
    store = Store(1)
    await store.take("sections", [section(id=1)])
    assert store.asked == []
    assert [row.key for row in store.batches[0].rows] == [1]


async def test_pages_of_which_the_mirror_has_everything_go_with_the_next_ones() -> None:
    store = Store(*range(10_000))
    count = MOST_PAGES_PER_BATCH + PAGES_PER_BATCH
    await store.take("submissions", *full_pages(*range(1, count + 1)))
    assert [batch.pages for batch in store.batches] == [MOST_PAGES_PER_BATCH, PAGES_PER_BATCH]
    assert sum(len(batch.unchanged["submissions"]) for batch in store.batches) == count * 50


async def test_they_wait_until_there_is_a_row_to_write() -> None:
    size = PAGES_PER_BATCH
    new = 2 * size + 5
    store = Store(*({*range(10_000)} - {new}))
    await store.take("submissions", *full_pages(*range(1, 4 * size + 1)))
    assert [batch.pages for batch in store.batches] == [3 * size, size]
    assert store.decoded == [[new], []]


async def test_what_was_decoded_before_them_is_still_not_looked_for() -> None:
    store = Store(*({*range(10_000)} - {3}))
    await store.take("submissions", *full_pages(*range(1, 3 * PAGES_PER_BATCH), 3))
    assert [3 in keys for keys in store.asked] == [True, False, False]
    assert store.decoded == [[3], [3]]


async def test_where_canvas_is_slow_a_page_does_not_wait_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sync.batching.LONGEST_WAIT_S", -1.0)
    store = Store(*range(10_000))
    await store.take("submissions", *full_pages(1, 2, 3))
    assert [batch.pages for batch in store.batches] == [1, 1, 1]
