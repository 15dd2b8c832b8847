"""R32: a burst of 1,000 events for one course costs at most a few requests, and the last event is
always followed by a reading that began after it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from canvas.models import CanvasSubmission
from simulator import Canvas
from sync.handling import handle
from sync.models import DirtyMark
from tests.acceptance.changes import graded
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.inside import COURSE, Inside
from tests.acceptance.refreshing import (
    as_stored,
    asked,
    drained,
    grade_change,
    receive,
    settled,
)

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS, WORKS, MOST_REQUESTS = 1_000, 40, 5


@pytest.fixture
def inside(canvas: Canvas, settings: Settings, first_readings: FirstReadings) -> Inside:
    settings.CANVAS_ALLOW_INSECURE = True
    settings.WEBHOOK_MERGE_SECONDS = 0
    return Inside.synced(canvas, first_readings)


def score_of(number: int) -> float | None:
    return CanvasSubmission.objects.get(canvas_id=number).score


def test_r32_a_burst_costs_a_few_requests_second_look_included(
    canvas: Canvas, inside: Inside
) -> None:
    events = canvas.live_events.burst(EVENTS, course_id=COURSE, over=WORKS)
    numbers = {int(event["body"]["submission_id"]) % 10**13 for event in events}
    for number in numbers:
        canvas.mutate("grade_submission", submission_id=number, score=1.25)
    receive(inside.integration, as_stored(events))
    reports = settled()
    assert len(numbers) == WORKS
    assert len(asked(canvas)) <= MOST_REQUESTS
    assert sum(report.requests for report in reports) == len(asked(canvas))
    assert {score_of(number) for number in numbers} == {1.25}


class WhenStored:
    """Does something once, when the reading under way has stored what Canvas answered."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work: Callable[[], None] | None = work

    def started(self, source: str) -> None:
        """Nothing to do."""

    def stored(self, source: str, *, pages: int, rows: int) -> None:
        work, self._work = self._work, None
        if work is not None:
            thread = threading.Thread(target=_and_hang_up, args=(work,))
            thread.start()
            thread.join()

    def finished(self, source: str, *, complete: bool) -> None:
        """Nothing to do."""


def _and_hang_up(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connection.close()


def test_r32_an_event_that_comes_during_a_reading_is_followed_by_another(
    canvas: Canvas, inside: Inside, settings: Settings
) -> None:
    settings.WEBHOOK_SECOND_LOOK_SECONDS = 0  # which would find it, too
    work = graded(canvas.world)

    def once_more() -> None:
        canvas.mutate("grade_submission", submission_id=work.id, score=2.75)
        receive(inside.integration, [grade_change(work)])
        handle(10)

    receive(inside.integration, [grade_change(work)])
    drained(WhenStored(once_more))
    assert score_of(work.id) != 2.75
    assert DirtyMark.objects.count() == 1
    settled()
    assert score_of(work.id) == 2.75
