"""Work becomes missing when its time has passed, by Canvas's own rule and clock."""

import datetime as dt
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from canvas.models import CanvasAssignment, CanvasSubmission
from sync.lateness import note_missing
from sync.models import Change, Watermark
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import COURSE
from tests.unit.transform.work_payloads import submission

NOW = dt.datetime(2026, 9, 15, 12, tzinfo=dt.UTC)
DUE = NOW - dt.timedelta(minutes=10)
OWED: dict[str, Any] = {
    "submission_type": None,
    "submitted_at": None,
    "grader_id": None,
    "custom_grade_status_id": None,
    "late_policy_status": None,
    "excused": None,
    "missing": False,
    "cached_due_date": DUE,
}


@pytest.fixture
def owed(loaded: Mirror) -> Mirror:
    """One submission nobody has handed in; ten minutes ago it was due, an hour ago all was read."""
    Watermark.objects.create(
        integration=loaded.integration,
        course=COURSE,
        source="submissions",
        run=loaded.run,
        complete_at=NOW - dt.timedelta(hours=1),
    )
    CanvasSubmission.objects.update(**OWED)
    loaded.new_run()
    loaded.target.read_since, loaded.target.began_at = NOW, timezone.now()
    return loaded


def flipped(mirror: Mirror) -> int:
    """How many became missing, as told and as stored."""
    number = async_to_sync(note_missing)(COURSE, mirror.target)
    assert CanvasSubmission.objects.filter(missing=True).count() == number
    return number


def test_work_that_is_due_and_was_not_handed_in_is_missing(owed: Mirror) -> None:
    before = CanvasSubmission.objects.get()
    assert flipped(owed) == 1
    after = CanvasSubmission.objects.get()
    assert (after.changed_at, after.content_hash) == (before.changed_at, before.content_hash)
    assert not Change.objects.filter(run=owed.run).exists()


def test_a_reading_that_was_not_complete_is_one_of_which_the_time_is_known(owed: Mirror) -> None:
    Watermark.objects.update(complete_at=None, read_at=NOW - dt.timedelta(hours=1))
    assert flipped(owed) == 1


@pytest.mark.parametrize(
    "column",
    [
        {"submission_type": "online_upload"},
        {"grader_id": 7},
        {"grader_id": -3},
        {"custom_grade_status_id": 2},
        {"late_policy_status": "extended"},
        {"excused": True},
        {"cached_due_date": None},
        {"cached_due_date": NOW + dt.timedelta(minutes=10)},
        {"deleted_at": NOW},
        {"canvas_id": None},
        {"missing": None},
    ],
    ids=str,
)
def test_what_somebody_said_something_of_is_not(owed: Mirror, column: dict[str, Any]) -> None:
    CanvasSubmission.objects.update(**column)
    assert flipped(owed) == 0


@pytest.mark.parametrize(
    ("types", "number"),
    [
        (["online_upload", "online_url"], 1),
        (["online_quiz"], 1),
        (["discussion_topic"], 1),
        (["on_paper"], 0),
        (["none"], 0),
        (["external_tool"], 0),
        ([""], 0),
        ([], 0),
        (None, 0),
    ],
)
def test_only_what_is_expected_can_be_missing(owed: Mirror, types: Any, number: int) -> None:
    CanvasAssignment.objects.update(submission_types=types)
    assert flipped(owed) == number


def test_of_tools_a_new_quiz_is_expected(owed: Mirror) -> None:
    CanvasAssignment.objects.update(submission_types=["external_tool"], is_quiz_lti_assignment=True)
    assert flipped(owed) == 1


def test_nothing_is_said_of_work_that_canvas_hides(owed: Mirror) -> None:
    CanvasAssignment.objects.update(published=False)
    assert flipped(owed) == 0


@pytest.mark.parametrize(("seconds", "number"), [(30, 0), (90, 1)])
def test_a_quiz_has_a_minute_more(owed: Mirror, seconds: int, number: int) -> None:
    CanvasAssignment.objects.update(submission_types=["online_quiz"])
    CanvasSubmission.objects.update(cached_due_date=NOW - dt.timedelta(seconds=seconds))
    assert flipped(owed) == number


def test_what_was_due_before_everything_was_read_has_the_word_of_canvas(owed: Mirror) -> None:
    CanvasSubmission.objects.update(cached_due_date=NOW - dt.timedelta(days=1))
    assert flipped(owed) == 0


def test_what_this_run_has_read_has_the_word_of_canvas(owed: Mirror) -> None:
    told = submission() | OWED | {"cached_due_date": DUE.isoformat()}
    owed.load("submissions", told)
    assert flipped(owed) == 0


def test_without_the_time_of_canvas_nothing_is_said(owed: Mirror) -> None:
    owed.target.read_since = None
    assert flipped(owed) == 0


@pytest.mark.parametrize(("named", "number"), [(True, 1), (False, 0)])
def test_only_what_is_known_to_be_unread_is_looked_at(
    owed: Mirror, named: bool, number: int
) -> None:
    among = [CanvasSubmission.objects.get().pk] if named else []
    assert async_to_sync(note_missing)(COURSE, owed.target, among=among) == number
