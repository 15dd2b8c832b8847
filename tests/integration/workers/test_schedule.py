"""What is due becomes one run, however many look; and when it is due again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from sync.clock import in_seconds
from sync.models import Run, Step, SyncSchedule, Watermark
from tests.integration.workers.scheduling import (
    DAY_S,
    Timetable,
    ended,
    left_s,
    shift,
    tick,
    ticks_at_once,
)
from workers.planned import LOOK_AGAIN_S, Stretches, spending_of

HOUR_S = 3600
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(db: None, settings: Settings) -> Timetable:
    settings.BROKER_URL = ""
    return Timetable()


def test_a_course_that_is_due_gets_a_run_and_its_next_time(table: Timetable) -> None:
    row = table.course(101)
    assert tick().runs == 1
    run = Run.objects.get()
    assert (run.course, run.trigger, run.state) == (101, "schedule", "queued")
    assert HOUR_S - 5 < left_s(row) <= HOUR_S
    row.refresh_from_db()
    assert (row.cadence_s, row.cadence_because) == (HOUR_S, "as usual")
    assert tick().runs == 0


def test_each_due_sync_is_queued_once_by_many_who_look_at_once(table: Timetable) -> None:
    for course in range(60):
        table.course(course)
    assert ticks_at_once(24, threads=8) == 60
    assert sorted(table.courses()) == list(range(60))


def test_a_day_of_downtime_is_caught_up_with_once(table: Timetable) -> None:
    row = table.course(101, in_s=HOUR_S)
    shift(DAY_S)
    assert [tick().runs, tick().runs] == [1, 0]
    assert HOUR_S - 5 < left_s(row) <= HOUR_S


def test_no_more_than_a_hundred_are_taken_at_once(table: Timetable) -> None:
    for course in range(130):
        table.course(course, priority=1 if course == 129 else 0)
    assert tick().runs == 100
    assert 129 in table.courses()
    assert tick().runs == 30


def test_a_first_load_waits_in_the_queue_for_bulk(table: Timetable) -> None:
    table.course(101)
    table.course(102)
    table.mirrored(102)
    tick()
    assert table.courses(queue="bulk") == [101]
    assert table.courses(queue="scheduled") == [102]


def test_what_a_person_put_first_goes_first_then_what_is_under_way(table: Timetable) -> None:
    over = timezone.now() - dt.timedelta(days=9)
    table.course(1, workflow_state="completed", ends_at=over)
    table.course(2, workflow_state="unpublished")
    table.course(3, workflow_state="available")
    table.course(4, workflow_state="completed", ends_at=over, priority=1)
    tick()
    in_turn = Run.objects.order_by("-priority").values_list("course", flat=True)
    assert list(in_turn) == [4, 3, 2, 1] == table.courses()


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_course_with_an_open_run_gets_no_other(table: Timetable, state: str) -> None:
    row = table.course(101)
    table.run(101, state=state)
    assert tick().runs == 0
    assert left_s(row) > HOUR_S - 5


def test_a_reading_of_a_part_is_no_reason_to_leave_the_course_out(table: Timetable) -> None:
    table.course(101)
    table.run(101, state="running", targets={"submissions": ["7"]})
    assert tick().runs == 1


def test_nothing_is_begun_that_somebody_has_paused(table: Timetable) -> None:
    table.course(101, paused=True)
    other, third = Timetable("other"), Timetable("third")
    other.course(102)
    other.integration.__class__.objects.filter(name="other").update(paused_at=timezone.now())
    third.course(103)
    SyncSchedule.objects.create(integration=third.integration, course=None, paused=True)
    assert tick() == tick()
    assert not Run.objects.exists()


def hours_from_now(hours: float) -> dt.time:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)).time()


@pytest.mark.parametrize(
    ("start", "end", "runs"),
    [(-1, 1, 1), (1, 2, 0), (-13, -2, 0), (2, -2, 0), (-2, -3, 1), (None, 1, 1)],
    ids=["inside", "before", "over midnight or after", "all but now", "long, inside", "half"],
)
def test_nothing_is_begun_outside_the_window(
    table: Timetable, start: float | None, end: float, runs: int
) -> None:
    """At whatever hour this runs, some of these cross midnight."""
    window = {
        "window_start": None if start is None else hours_from_now(start),
        "window_end": hours_from_now(end),
    }
    table.course(101, **window)
    assert tick().runs == runs


def test_courses_without_a_window_have_that_of_their_integration(table: Timetable) -> None:
    shut: dict[str, Any] = {"window_start": hours_from_now(1), "window_end": hours_from_now(2)}
    SyncSchedule.objects.create(integration=table.integration, course=None, **shut)
    table.course(101)
    table.course(102, window_start=hours_from_now(-1), window_end=hours_from_now(1))
    tick()
    assert table.courses() == [102]


def test_jitter_makes_it_later_by_no_more_than_its_share(table: Timetable) -> None:
    rows = [table.course(course, jitter=0.5) for course in range(30)]
    tick()
    times = [left_s(row) for row in rows]
    assert HOUR_S - 5 < min(times) < max(times) <= 1.5 * HOUR_S
    assert max(times) - min(times) > 0.3 * HOUR_S


def test_a_course_whose_work_is_due_comes_four_times_as_often(table: Timetable) -> None:
    row = table.course(101)
    soon = timezone.now() + dt.timedelta(hours=5)
    table.mirrored(101).assignments.create(
        integration=table.integration, canvas_id=7, published=True, due_at=soon
    )
    tick()
    row.refresh_from_db()
    assert (row.cadence_s, row.cadence_because) == (HOUR_S / 4, "work is due within a day")


def test_every_interval_is_stretched_where_they_would_spend_too_much(table: Timetable) -> None:
    row = table.course(101, interval_s=HOUR_S, cadence_s=HOUR_S)
    table.mirrored(101)
    Watermark.objects.update(full_cost=5.0 * HOUR_S * 3)
    assert spending_of(table.integration.pk).stretch == pytest.approx(3, rel=1e-3)
    tick()
    assert left_s(row) == pytest.approx(3 * HOUR_S, rel=0.01)
    row.refresh_from_db()
    assert (row.cadence_s, row.cadence_because) == (HOUR_S, "set by hand")


def test_what_all_courses_spend_is_added_up_only_now_and_then(table: Timetable) -> None:
    now_s = [0.0]
    stretched = Stretches(clock=lambda: now_s[0])
    table.course(101, cadence_s=HOUR_S)
    table.mirrored(101)
    assert stretched.of(table.integration.pk) == 1.0
    Watermark.objects.update(full_cost=5.0 * HOUR_S * 3)
    assert stretched.of(table.integration.pk) == 1.0
    now_s[0] += LOOK_AGAIN_S
    assert stretched.of(table.integration.pk) > 2.9


def test_a_course_that_is_gone_gets_one_more_run(table: Timetable) -> None:
    deleted = table.course(101, workflow_state="deleted")
    unlisted = table.course(102, workflow_state="unlisted")
    assert tick().runs == 2
    assert min(left_s(deleted), left_s(unlisted)) > 365 * DAY_S


def test_failures_put_a_course_off_and_an_end_forgets_them(table: Timetable) -> None:
    row = table.course(101)
    for failures in (1, 2):
        ended(table.run(101), Run.State.FAILED, code="canvas_down")
        row.refresh_from_db()
        assert row.failures == failures
    shift(DAY_S)
    tick()
    assert left_s(row) == pytest.approx(4 * HOUR_S, rel=0.01)
    run = table.run(101)
    ended(run, Run.State.PARTIAL)
    row.refresh_from_db()
    assert (row.failures, row.last_run) == (0, run)
    assert left_s(row) == pytest.approx(HOUR_S, rel=0.01)


@pytest.mark.parametrize("code", ["credential_refused", "course_deleted"])
def test_what_is_no_fault_of_the_course_is_no_failure(table: Timetable, code: str) -> None:
    row = table.course(101)
    ended(table.run(101), Run.State.FAILED, code=code)
    row.refresh_from_db()
    assert row.failures == 0
    assert (left_s(row) > 365 * DAY_S) is (code == "course_deleted")


def test_a_run_that_changed_much_brings_the_next_one_forward(table: Timetable) -> None:
    table.mirrored(101)
    row = table.course(101)
    tick()
    run = Run.objects.get()
    Step.objects.create(run=run, resource="submissions", seen=9, updated=9)
    ended(run)
    assert left_s(row) == pytest.approx(HOUR_S / 2, rel=0.01)


def test_a_run_that_found_somebody_at_the_course_is_tried_again_soon(table: Timetable) -> None:
    row = table.course(101)
    tick()
    ended(Run.objects.get(), Run.State.BUSY)
    assert 0 < left_s(row) <= 60


def test_a_run_of_a_part_says_nothing_of_the_course(table: Timetable) -> None:
    row = table.course(101, failures=2)
    ended(table.run(101, targets={"submissions": ["7"]}))
    ended(table.run(101, only=["sections"]))
    row.refresh_from_db()
    assert (row.failures, row.last_run) == (2, None)


def test_a_command_that_has_just_read_a_new_course_spares_the_schedule_that(
    table: Timetable,
) -> None:
    row = table.course(101)
    ended(table.run(101))
    assert left_s(row) > HOUR_S - 5
    SyncSchedule.objects.update(next_at=in_seconds(60))
    ended(table.run(101))
    assert left_s(row) <= 60
