"""The gradebook of a past day is told from the values the change feed keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import LazySettings
from django.utils import timezone

from canvas.models import CanvasCourse, CanvasSubmission
from sync.history import Mark, gradebook_on, prune_history
from sync.models import Change
from tests.integration.sync.loading import Mirror
from tests.unit.transform import work_payloads
from tests.unit.transform.payloads import COURSE

HOUR = dt.timedelta(hours=1)


def shown_at(at: dt.datetime) -> list[Mark]:
    async def marks() -> list[Mark]:
        course = await CanvasCourse.objects.aget(canvas_id=COURSE)
        return [mark async for mark in gradebook_on(course, at)]

    return async_to_sync(marks)()


def grade(mirror: Mirror, score: float | None, letter: str | None, **more: Any) -> dt.datetime:
    """Canvas says another mark; when it had been stored."""
    mirror.new_run()
    mirror.load("submissions", work_payloads.submission(score=score, grade=letter, **more))
    return timezone.now()


def test_each_instant_shows_the_mark_of_its_time(loaded: Mirror) -> None:
    at_first = timezone.now()
    low = grade(loaded, 4.0, "D")
    high = grade(loaded, 9.0, "A")
    cleared = grade(loaded, None, None)
    shown = [(mark.score, mark.grade) for at in (low, high, cleared) for mark in shown_at(at)]
    assert shown == [(4.0, "D"), (9.0, "A"), (None, None)]
    first = work_payloads.submission()
    assert [(m.score, m.grade) for m in shown_at(at_first)] == [(first["score"], first["grade"])]


def test_times_come_back_as_times(loaded: Mirror) -> None:
    before = timezone.now()
    grade(loaded, 9.0, "A", graded_at="2026-11-20T10:00:00Z")
    (mark,) = shown_at(before)
    assert mark.values["graded_at"] == dt.datetime.fromisoformat(
        work_payloads.submission()["graded_at"]
    )


def test_what_was_not_there_yet_is_not_shown(loaded: Mirror) -> None:
    assert shown_at(timezone.now() - HOUR) == []


def test_a_deleted_submission_is_shown_until_it_ended_and_again_when_it_is_back(
    loaded: Mirror,
) -> None:
    loaded.load("assignments", work_payloads.assignment())
    alive = timezone.now()
    loaded.close("assignments", "submissions")
    ended = timezone.now()
    back = grade(loaded, 5.0, "C")
    assert [len(shown_at(at)) for at in (alive, ended, back)] == [1, 0, 1]


def test_values_are_kept_of_grades_and_states_only(loaded: Mirror) -> None:
    grade(loaded, 9.0, "A", body="<p>My essay</p>", workflow_state="graded")
    change = Change.objects.filter(resource="submissions").latest("pk")
    assert "body" in change.fields
    assert change.values is not None
    assert change.values["score"] == [work_payloads.submission()["score"], 9.0]
    assert "body" not in change.values


def test_no_history_is_kept_where_it_is_switched_off(
    loaded: Mirror, settings: LazySettings
) -> None:
    settings.HISTORY_DAYS = 0
    grade(loaded, 9.0, "A")
    assert not Change.objects.filter(values__isnull=False).exists()


def test_old_values_are_forgotten_and_their_entries_stay(loaded: Mirror) -> None:
    grade(loaded, 9.0, "A")
    entries = Change.objects.count()
    later = timezone.now() + dt.timedelta(days=800)
    assert prune_history() == 0
    assert prune_history(later) == 1
    assert (Change.objects.count(), Change.objects.filter(values__isnull=False).count()) == (
        entries,
        0,
    )


def test_an_instant_before_what_is_kept_is_refused(loaded: Mirror) -> None:
    with pytest.raises(ValueError, match="HISTORY_DAYS"):
        shown_at(timezone.now() - dt.timedelta(days=800))
    with pytest.raises(ValueError, match="no time zone"):
        shown_at(dt.datetime(2026, 11, 1))  # noqa: DTZ001  # that is the point


def test_submissions_made_here_are_no_part_of_it(loaded: Mirror) -> None:
    stored = CanvasSubmission.objects.get()
    CanvasSubmission.objects.create(assignment=stored.assignment)
    assert len(shown_at(timezone.now())) == 1
