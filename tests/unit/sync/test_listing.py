"""A listing gone on with: from its bookmark where that is of use, else from its beginning."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from canvas.client import Gap
from canvas.errors import CanvasDownError, CanvasError, ContractError, ForbiddenError, GoneError
from sync.batch import Batch
from sync.earlier import Bookmark, ListingEnd
from sync.extract import Reading, read
from sync.plan import BY_NAME
from sync.transform.rows import Scope
from tests.unit.sync.fakes import CannedReader, Listing
from tests.unit.sync.site import API
from tests.unit.transform.payloads import section
from tests.unit.transform.work_payloads import submission

SECTIONS, SUBMISSIONS = f"{API}/sections", f"{API}/students/submissions"
INCLUDES = "include[]=submission_comments&include[]=rubric_assessment"
MARK = f"https://canvas.example{SUBMISSIONS}?{INCLUDES}&page=bookmark:abc"
EARLIER = dt.datetime(2026, 9, 15, 8, tzinfo=dt.UTC)


def bookmark(next_url: str | None = MARK, *, end: ListingEnd | None = None) -> Bookmark:
    return Bookmark(pages=10, records=1000, next_url=next_url, began_at=EARLIER, end=end)


class Gone:
    """What came of going on."""

    def __init__(self, pages: Listing, *, refusal: CanvasError | None = None) -> None:
        self.reader = CannedReader({SECTIONS: pages, SUBMISSIONS: pages})
        self.reader.refusal = refusal
        self.batches: list[Batch] = []

    async def on(self, source: str, mark: Bookmark) -> Reading:
        return await read(
            BY_NAME[source],
            [Scope(course=101)],
            reader=self.reader,
            deliver=self._deliver,
            stop=threading.Event(),
            bookmarks={0: mark},
        )

    async def _deliver(self, batch: Batch) -> None:
        self.batches.append(batch)

    @property
    def progress(self) -> list[tuple[int, int, dt.datetime | None]]:
        pages = [page for batch in self.batches for page in batch.progress]
        return [(page.pages, page.records, page.began_at) for page in pages]


async def test_a_listing_that_was_stored_to_its_end_is_not_asked_for() -> None:
    gone = Gone([[section()]])
    end = ListingEnd(gap=Gap.ROWS_MOVED, counted=True, left_out=frozenset({"x"}))
    reading = await gone.on("sections", bookmark(None, end=end))
    assert (gone.reader.asked, gone.batches) == ([], [])
    assert (reading.gap, reading.counted, reading.left_out) == (Gap.ROWS_MOVED, True, {"x"})
    assert (reading.began_at, reading.pages_before) == (EARLIER, 10)


async def test_it_goes_on_at_its_bookmark_and_counts_on() -> None:
    gone = Gone([[submission(id=1)], [submission(id=2)]])
    reading = await gone.on("submissions", bookmark())
    assert gone.reader.started_at == [MARK]
    assert gone.progress == [(11, 1001, EARLIER), (12, 1002, EARLIER)]
    assert (reading.complete, reading.began_at, reading.pages_before) == (True, EARLIER, 10)


async def test_pages_told_by_their_number_are_read_from_the_first_as_old_as_they_were() -> None:
    gone = Gone([[section(id=1)]])
    reading = await gone.on("sections", bookmark(f"https://canvas.example{SECTIONS}?page=11"))
    assert gone.reader.started_at == [None]
    assert gone.progress == [(1, 1, EARLIER)]
    assert (reading.began_at, reading.pages_before) == (EARLIER, 0)


@pytest.mark.parametrize("refusal", [GoneError(status=404), ContractError(status=400)])
async def test_a_bookmark_that_is_refused_begins_the_listing_anew(refusal: CanvasError) -> None:
    gone = Gone([[submission(id=1)]], refusal=refusal)
    reading = await gone.on("submissions", bookmark())
    assert gone.reader.started_at == [MARK, None]
    assert (gone.progress, reading.complete) == ([(1, 1, EARLIER)], True)


@pytest.mark.parametrize("refusal", [ForbiddenError(), CanvasDownError()])
async def test_another_refusal_is_what_it_always_is(refusal: CanvasError) -> None:
    gone = Gone([[submission(id=1)]], refusal=refusal)
    reading = await gone.on("submissions", bookmark())
    assert gone.reader.started_at == [MARK]
    assert (reading.refused or reading.error) is refusal


async def test_an_include_that_was_given_up_before_stays_given_up() -> None:
    gone = Gone([[submission(id=1)]])
    lighter = MARK.replace("include[]=rubric_assessment", "")
    reading = await gone.on("submissions", bookmark(lighter))
    assert reading.left_out == {"rubric_assessments"}
