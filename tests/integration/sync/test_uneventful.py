"""A course of which nothing ends is closed in one transaction and by few statements."""

import datetime as dt
from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from canvas.models import CanvasAssignment, CanvasSubmission, CanvasSubmissionComment
from sync.candidates import Candidates
from sync.closing import Closing, close_tables
from sync.confirm import Findings
from sync.models import Step, Unseen, Watermark
from sync.postprocess import postprocess
from sync.proof import Proof
from sync.rowset import RowSet
from sync.tables import BY_NAME, CLOSING, TABLES
from sync.uneventful import nothing_ends
from tests.integration.sync.loading import EVERYTHING, Mirror
from tests.unit.transform.payloads import COURSE

READ_AT = dt.datetime(2026, 9, 15, 8, tzinfo=dt.UTC)
PROOFS = {name: Proof(began_at=READ_AT, requests=3) for name in EVERYTHING}
# Before, a closing took more than ninety.
MOST_STATEMENTS = 45


@pytest.fixture
def seen(loaded: Mirror) -> Mirror:
    """All of the course was read once more, and is as it was."""
    loaded.load_course()
    return loaded


def uneventful(mirror: Mirror) -> bool:
    return nothing_ends(mirror.candidates(PROOFS), mirror.target)


def closing(found: Candidates) -> Closing:
    whole = dict.fromkeys(BY_NAME, True)
    return Closing(candidates=found, findings=Findings(), proofs=PROOFS, complete=whole)


def left_behind(mirror: Mirror, found: Candidates) -> tuple[list[object], list[object]]:
    """Steps and watermarks after the course was closed."""
    async_to_sync(close_tables)(closing(found), mirror.target)
    steps = Step.objects.filter(run=mirror.run).order_by("resource")
    marks = Watermark.objects.order_by("source")
    return (
        list(steps.values_list("resource", "seen", "unchanged", "deleted", "complete")),
        list(marks.values_list("source", "run", "mode", "read_at", "complete_at", "full_requests")),
    )


def test_it_leaves_the_same_figures_and_watermarks_as_going_through_the_tables(
    seen: Mirror,
) -> None:
    found = seen.candidates(PROOFS)
    assert nothing_ends(found, seen.target)
    at_once = left_behind(seen, found)
    Step.objects.all().delete()
    Watermark.objects.all().delete()
    one_by_one = replace(found, missing={"sections"})
    assert left_behind(seen, one_by_one) == at_once
    assert {name for name, *_rest in at_once[0]} == {table.reported_as for table in CLOSING}
    assert len(at_once[1]) == len(PROOFS)


def test_what_follows_a_course_that_is_as_it_was_takes_few_statements(seen: Mirror) -> None:
    follow(seen)
    with CaptureQueriesContext(connection) as asked:
        follow(seen)
    assert len(asked) <= MOST_STATEMENTS


def follow(mirror: Mirror) -> None:
    async_to_sync(postprocess)(closing(mirror.candidates(PROOFS)), mirror.target)


def test_a_row_that_no_listing_had_is_an_event(seen: Mirror) -> None:
    seen.target.census.of("sections").seen = RowSet()
    assert not uneventful(seen)


def test_a_row_that_was_missed_before_is_an_event(seen: Mirror) -> None:
    assert uneventful(seen)
    pk = CanvasSubmission.objects.get().pk
    mine = {"integration": seen.integration, "course": COURSE, "run": seen.run}
    Unseen.objects.create(table="submissions", row_id=pk, **mine)
    assert not uneventful(seen)


@pytest.mark.parametrize("name", [table.name for table in TABLES if table.parent])
def test_a_row_that_outlived_its_parent_is_an_event(seen: Mirror, name: str) -> None:
    table = BY_NAME[name]
    row = table.model._default_manager.filter(table.only).first()
    parent = getattr(row, table.parent)
    type(parent)._default_manager.filter(pk=parent.pk).update(deleted_at=timezone.now())
    assert not uneventful(seen)


def test_an_ended_parent_without_children_is_none(seen: Mirror) -> None:
    gone = {"deleted_at": timezone.now()}
    CanvasSubmissionComment.objects.update(**gone)
    assert uneventful(seen)
    CanvasAssignment.objects.create(
        integration=seen.integration, course=CanvasAssignment.objects.get().course, **gone
    )
    assert uneventful(seen)


def test_of_parents_only_those_that_were_not_seen_are_looked_at(seen: Mirror) -> None:
    found = seen.candidates(PROOFS)
    submission = CanvasSubmission.objects.get()
    CanvasSubmission.objects.update(deleted_at=timezone.now())
    assert nothing_ends(replace(found, unseen={"submissions": []}), seen.target)
    assert not nothing_ends(replace(found, unseen={"submissions": [submission.pk]}), seen.target)
