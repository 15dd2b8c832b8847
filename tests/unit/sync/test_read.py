"""Reading one source: pages into batches, and what each kind of error ends."""

import asyncio
import threading

import pytest

from canvas.client import Gap
from canvas.errors import CanvasDownError, ForbiddenError, GoneError
from sync.batch import MOST_PAGES_PER_BATCH, PAGES_PER_BATCH, Batch
from sync.extract import Reading, Stop, read
from sync.plan import PLAN, Source
from sync.transform.rows import Scope
from tests.unit.sync.fakes import CannedReader, Listing, Never, failing
from tests.unit.sync.site import API, memberships_of
from tests.unit.transform.payloads import membership, section

SECTIONS = f"{API}/sections"
SOURCES: dict[str, Source] = {source.name: source for source in PLAN}


def numbered(pages: int) -> Listing:
    return [[section(id=number)] for number in range(1, pages + 1)]


class Reader(CannedReader):
    """A canned reader with the batches it was read into."""

    def __init__(self, pages: dict[str, Listing]) -> None:
        super().__init__(pages)
        self.batches: list[Batch] = []

    async def read(self, source: str, *parents: int, stop: Stop | None = None) -> Reading:
        scopes = [Scope(course=101, parent=parent) for parent in parents] or [Scope(course=101)]
        return await read(
            SOURCES[source], scopes, reader=self, deliver=self.deliver, stop=stop or Never()
        )

    async def deliver(self, batch: Batch) -> None:
        await asyncio.sleep(0)
        self.batches.append(batch)

    @property
    def keys(self) -> list[int | str]:
        return [row.key for batch in self.batches for row in batch.rows]


async def test_a_batch_has_so_many_pages_at_most() -> None:
    reader = Reader({SECTIONS: numbered(2 * PAGES_PER_BATCH + 5)})
    reading = await reader.read("sections")
    assert [batch.pages for batch in reader.batches] == [PAGES_PER_BATCH, PAGES_PER_BATCH, 5]
    assert reader.keys == list(range(1, 2 * PAGES_PER_BATCH + 6))
    assert reading.complete


async def test_a_listing_of_exactly_as_many_pages_makes_no_empty_batch() -> None:
    reader = Reader({SECTIONS: numbered(PAGES_PER_BATCH)})
    await reader.read("sections")
    assert [batch.pages for batch in reader.batches] == [PAGES_PER_BATCH]


async def test_short_listings_go_into_one_batch() -> None:
    reader = Reader({memberships_of(group): [[membership(id=group)]] for group in range(70)})
    await reader.read("group_memberships", *range(70))
    assert [batch.pages for batch in reader.batches] == [
        MOST_PAGES_PER_BATCH,
        70 - MOST_PAGES_PER_BATCH,
    ]
    assert sorted(reader.keys) == list(range(70))


async def test_an_empty_listing_is_read_to_its_end() -> None:
    reader = Reader({SECTIONS: [[]]})
    reading = await reader.read("sections")
    assert reading.complete
    assert [(batch.pages, batch.rows) for batch in reader.batches] == [(1, [])]


async def test_each_page_says_how_far_the_listing_is() -> None:
    reader = Reader({SECTIONS: [[section(id=1), section(id=2)], [section(id=3)]]})
    await reader.read("sections")
    [batch] = reader.batches
    assert [(page.pages, page.records) for page in batch.progress] == [(1, 2), (2, 3)]
    assert [page.next_url is None for page in batch.progress] == [False, True]


async def test_a_bad_record_is_set_aside_in_its_batch() -> None:
    reader = Reader({SECTIONS: [[section(id=1), section(id="x"), section(id=3)]]})
    reading = await reader.read("sections")
    assert reader.keys == [1, 3]
    assert [reject.canvas_id for reject in reader.batches[0].rejects] == ["x"]
    assert reading.complete


async def test_every_parent_has_a_listing_of_its_own() -> None:
    groups = range(411, 421)
    pages: dict[str, Listing] = {
        memberships_of(group): [[membership(id=group * 10)], [membership(id=group * 10 + 1)]]
        for group in groups
    }
    reader = Reader(pages)
    reading = await reader.read("group_memberships", *groups)
    assert sorted(map(int, reader.keys)) == [g * 10 + n for g in groups for n in (0, 1)]
    assert reading.complete
    assert 1 < reader.most_walking <= 4


async def test_the_progress_of_each_parent_is_its_own() -> None:
    reader = Reader({memberships_of(g): [[membership(id=g)], [membership(id=-g)]] for g in (1, 2)})
    await reader.read("group_memberships", 1, 2)
    progress = [page for batch in reader.batches for page in batch.progress]
    for group in (1, 2):
        mine = [page for page in progress if page.scope.parent == group]
        assert [page.pages for page in mine] == [1, 2]


async def test_no_parent_is_nothing_to_read() -> None:
    reader = Reader({})
    reading = await read(SOURCES["groups"], [], reader=reader, deliver=reader.deliver, stop=Never())
    assert reading.complete
    assert reader.asked == []


async def test_a_parent_that_may_not_be_read_does_not_end_the_others() -> None:
    pages: dict[str, Listing] = {memberships_of(g): [[membership(id=g)]] for g in range(1, 9)}
    first, second = ForbiddenError(), GoneError()
    pages |= {memberships_of(2): [first], memberships_of(7): [second]}
    reader = Reader(pages)
    reading = await reader.read("group_memberships", *range(1, 9))
    assert sorted(map(int, reader.keys)) == [1, 3, 4, 5, 6, 8]
    assert (reading.refused, reading.error, reading.complete) == (first, None, False)


async def test_an_error_midway_keeps_what_came_before_and_asks_no_more_parents() -> None:
    down = CanvasDownError()
    pages: dict[str, Listing] = {memberships_of(g): [[membership(id=g)]] for g in range(1, 20)}
    pages[memberships_of(2)] = failing([membership(id=2)], error=down)
    reader = Reader(pages)
    reading = await reader.read("group_memberships", *range(1, 20))
    assert (reading.error, reading.complete) == (down, False)
    assert {1, 2} <= set(reader.keys)
    assert len(reader.asked) < 12


async def test_a_bug_is_raised_as_it_is() -> None:
    bug = RuntimeError("a bug")
    reader = Reader({SECTIONS: [[section()], bug]})
    with pytest.raises(RuntimeError) as raised:
        await reader.read("sections")
    assert raised.value is bug


async def test_what_the_store_raises_ends_the_reading_and_is_raised_as_it_is() -> None:
    async def deliver(batch: Batch) -> None:
        raise OSError("disk full")

    reader = Reader({SECTIONS: numbered(500)})
    with pytest.raises(OSError, match="disk full"):
        await read(
            SOURCES["sections"],
            [Scope(course=101)],
            reader=reader,
            deliver=deliver,
            stop=Never(),
        )
    assert reader.handed_out < 5 * PAGES_PER_BATCH


async def test_the_reader_is_never_far_ahead_of_the_store() -> None:
    reader = Reader({SECTIONS: numbered(200)})
    ahead: list[int] = []

    async def deliver(batch: Batch) -> None:
        for _ in range(100):
            await asyncio.sleep(0)
        ahead.append(reader.handed_out - PAGES_PER_BATCH * (len(ahead) + 1))

    scope = [Scope(course=101)]
    await read(SOURCES["sections"], scope, reader=reader, deliver=deliver, stop=Never())
    assert max(ahead) <= 2 * PAGES_PER_BATCH + 10  # those that are being made, and a few pages


async def test_a_wish_to_stop_is_met_after_the_current_page() -> None:
    stop = threading.Event()
    reader = Reader({SECTIONS: numbered(30)})
    reader.before_page = lambda path, number: stop.set() if number == 4 else None
    reading = await reader.read("sections", stop=stop)
    assert reader.keys == [1, 2, 3, 4]
    assert (reading.stopped, reading.complete) == (True, False)


async def test_a_wish_to_stop_on_the_last_page_finds_the_listing_complete() -> None:
    stop = threading.Event()
    reader = Reader({SECTIONS: numbered(3)})
    reader.before_page = lambda path, number: stop.set() if number == 3 else None
    reading = await reader.read("sections", stop=stop)
    assert (reading.stopped, reading.complete) == (False, True)


async def test_a_wish_to_stop_ends_the_waiting_parents_too() -> None:
    stop = threading.Event()
    pages: dict[str, Listing] = {memberships_of(g): [[membership(id=g)]] for g in range(1, 20)}
    reader = Reader(pages)
    reader.before_page = lambda path, number: stop.set()
    reading = await reader.read("group_memberships", *range(1, 20), stop=stop)
    assert (reading.stopped, reading.complete) == (True, False)
    assert len(reader.asked) <= 4


async def test_a_listing_whose_links_were_lost_is_not_complete() -> None:
    reader = Reader({SECTIONS: numbered(2)})
    reader.ends_proven = False
    reading = await reader.read("sections")
    assert reader.keys == [1, 2]
    assert (reading.gap, reading.complete) == (Gap.LINKS_LOST, False)


async def test_a_single_record_needs_no_proof_of_its_end() -> None:
    reader = Reader({API: [[{"id": 101, "name": "Biology"}]]})
    reader.ends_proven = False
    assert (await reader.read("course")).complete
