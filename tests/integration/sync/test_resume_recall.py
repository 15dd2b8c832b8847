"""What an attempt left in the ledger, as the next one finds it; and who may write there."""

from __future__ import annotations

import datetime as dt

import pytest
from asgiref.sync import async_to_sync
from django.db.models import F

from canvas.models import CanvasSection
from sync.batch import Batch, Progress
from sync.earlier import Bookmark, Earlier, ListingEnd
from sync.errors import LeaseLost
from sync.leases import take
from sync.models import Checkpoint, Lease, Reject, Run
from sync.recall import recall
from sync.target import Target
from sync.transform.rows import Scope
from tests.integration.sync.loading import Mirror, batch_of
from tests.unit.transform.payloads import COURSE, category, course, group, section

BEGUN = dt.datetime(2026, 9, 15, 8, tzinfo=dt.UTC)
LATER = BEGUN + dt.timedelta(minutes=1)


def again(mirror: Mirror) -> tuple[Target, Earlier]:
    """A second attempt."""
    Run.objects.filter(pk=mirror.run.pk).update(attempts=2, started_at=BEGUN)
    target = Target(integration=mirror.integration.pk, run=mirror.run.pk)
    return target, recall(target)


def progress(*, pages: int, next_url: str | None = None, end: ListingEnd | None = None) -> Progress:
    scope = Scope(course=COURSE)
    return Progress(
        scope=scope, pages=pages, records=pages * 2, next_url=next_url, began_at=LATER, end=end
    )


def test_rows_seen_created_and_updated_are_counted_as_before(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("sections", section(id=1), section(id=2))
    mirror.new_run()
    mirror.load("course", course())
    mirror.load("sections", section(id=1), section(id=2, name="Renamed"), section(id=3))
    target, _ = again(mirror)
    for table in ("courses", "sections"):
        counts = target.census.counts({table: True})
        assert counts == mirror.target.census.counts({table: True})


def test_deletions_are_counted_as_before(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("sections", section(id=1), section(id=2))
    mirror.new_run()
    mirror.load("course", course())
    mirror.load("sections", section(id=1))
    mirror.close("sections")
    assert mirror.deleted("sections") == 1
    target, _ = again(mirror)
    assert target.census.of("sections").deleted == 1


def test_how_far_listings_are_is_told_with_what_their_ends_proved(mirror: Mirror) -> None:
    end = ListingEnd(counted=True, left_out=frozenset({"rubric_assessments"}))
    mirror.write(Batch(source="sections", progress=[progress(pages=3, next_url="x")]))
    mirror.write(Batch(source="enrollments", progress=[progress(pages=1, end=end)]))
    _, earlier = again(mirror)
    half = Bookmark(pages=3, records=6, next_url="x", began_at=LATER)
    whole = Bookmark(pages=1, records=2, began_at=LATER, end=end)
    assert earlier.bookmarks == {"sections": {0: half}, "enrollments": {0: whole}}
    assert earlier.began_at == LATER
    assert sorted(earlier.stored) == ["enrollments", "sections"]


def test_our_clock_and_that_of_canvas_stay_those_of_the_first_attempt(mirror: Mirror) -> None:
    mirror.write(Batch(source="sections", progress=[progress(pages=3)]))
    target, _ = again(mirror)
    assert (target.began_at, target.read_since) == (BEGUN, LATER)


def test_parents_are_those_that_were_seen(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("group_categories", category(id=401), category(id=402))
    mirror.load("groups", group(id=411), parent=401)
    mirror.new_run()
    mirror.load("group_categories", category(id=402))
    _, earlier = again(mirror)
    assert earlier.parents == {"group_categories": (402,), "groups": ()}


def test_what_canvas_left_out_is_not_forgotten(mirror: Mirror) -> None:
    dropped = frozenset({"submission_comments"})
    mirror.write(Batch(source="submissions", dropped=dropped))
    assert again(mirror)[1].dropped == dropped


def test_a_record_set_aside_before_is_not_set_aside_again(mirror: Mirror) -> None:
    bad = batch_of("sections", {"id": 7, "name": ["no", "text"]})
    mirror.write(bad)
    target, _ = again(mirror)
    mirror.target = target
    mirror.write(bad)
    assert Reject.objects.count() == 1
    assert target.census.so_far()["sections"].rejected == 1


def test_a_first_attempt_finds_nothing(mirror: Mirror) -> None:
    target = Target(integration=mirror.integration.pk, run=mirror.run.pk)
    began_at = target.began_at
    assert recall(target) == Earlier()
    assert recall(Target(integration=mirror.integration.pk, run=None)) == Earlier()
    assert target.began_at == began_at


def test_whoever_was_replaced_writes_nothing_more(loaded: Mirror) -> None:
    fence = async_to_sync(take)(loaded.integration.pk, COURSE, run=loaded.run.pk)
    loaded.target.fence = fence
    loaded.load("sections", section(id=98))
    Lease.objects.update(epoch=F("epoch") + 1)
    before = Checkpoint.objects.count()
    with pytest.raises(LeaseLost, match=f"the lease of run {loaded.run.pk} was taken over"):
        loaded.load("sections", section(id=99))
    assert Checkpoint.objects.count() == before
    assert not CanvasSection.objects.filter(canvas_id=99).exists()
    assert loaded.counts("sections").seen == 1


def test_every_batch_shows_that_the_run_is_alive(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.run.refresh_from_db()
    assert mirror.run.alive_at is not None
