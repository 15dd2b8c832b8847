"""Due soon, overdue, changed since: the ends of each span, to the microsecond."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from canvas.models import (
    CanvasAssignment,
    CanvasAssignmentOverride,
    CanvasCourse,
    CanvasIntegration,
    CanvasQuiz,
)

NOW = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)
TICK = dt.timedelta(microseconds=1)
WEEK = dt.timedelta(days=7)
DATES = [NOW - WEEK, NOW - TICK, NOW, NOW + TICK, NOW + WEEK, NOW + WEEK + TICK, None]

Dated = type[CanvasAssignment] | type[CanvasQuiz] | type[CanvasAssignmentOverride]


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=[CanvasAssignment, CanvasQuiz, CanvasAssignmentOverride])
def dated(request: pytest.FixtureRequest, assignment: CanvasAssignment) -> Dated:
    """A table with one row for each of `DATES`."""
    model: Any = request.param
    parent = {"assignment": assignment}
    if model is not CanvasAssignmentOverride:
        parent = {"course": assignment.course}  # type: ignore[dict-item]
    for due_at in DATES:
        model.objects.create(**parent, due_at=due_at)
    return model  # type: ignore[no-any-return]


def dates(rows: Any) -> list[dt.datetime]:
    return sorted(row.due_at for row in rows)


def test_due_soon_begins_now_and_ends_after_seven_days(dated: Dated) -> None:
    assert dates(dated.objects.due_soon()) == [NOW, NOW + TICK, NOW + WEEK]


def test_due_soon_looks_as_far_ahead_as_asked(dated: Dated) -> None:
    assert dates(dated.objects.due_soon(days=0)) == [NOW]
    assert dates(dated.objects.due_soon(days=8))[-1] == NOW + WEEK + TICK


def test_overdue_ends_before_now(dated: Dated) -> None:
    assert dates(dated.objects.filter(due_at__isnull=False).overdue()) == [NOW - WEEK, NOW - TICK]


def test_a_query_made_earlier_keeps_its_now(assignment: CanvasAssignment) -> None:
    row = CanvasAssignment.objects.create(course=assignment.course, due_at=NOW)
    with time_machine.travel(NOW + WEEK, tick=False):
        later = CanvasAssignment.objects.overdue()
    assert list(later) == [row]
    assert list(CanvasAssignment.objects.overdue()) == []


def test_looking_ahead_by_days_that_passed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"due_soon\(days=-1\).*overdue\(\)"):
        CanvasAssignment.objects.due_soon(days=-1)


def test_changed_since_begins_at_the_instant(integration: CanvasIntegration) -> None:
    for at in (NOW - TICK, NOW, NOW + TICK):
        CanvasCourse.objects.create(integration=integration, changed_at=at)
    found = CanvasCourse.objects.changed_since(NOW).values_list("changed_at", flat=True)
    assert sorted(found) == [NOW, NOW + TICK]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no zone; use django\.utils\.timezone\.now"):
        CanvasCourse.objects.changed_since(dt.datetime(2026, 3, 29))  # noqa: DTZ001
