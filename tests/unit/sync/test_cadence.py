"""How often a course is synced: case by case, and whatever the case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.cadence import DAY_S, MINUTE_S, WEEK_S, Activity, Load, cadence, spending

HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("facts", "interval_s", "because"),
    [
        ({}, HOUR_S, "as usual"),
        ({"due_near": True}, HOUR_S / 4, "work is due within a day"),
        ({"changed_share": 0.02}, HOUR_S / 2, "much has changed"),
        ({"changed_share": 0.002}, HOUR_S, "as usual"),
        ({"quiet_s": WEEK_S}, HOUR_S, "as usual"),
        ({"quiet_s": 2 * WEEK_S}, 2 * HOUR_S, "nothing changed for 14 days"),
        ({"quiet_s": 50 * WEEK_S}, 4 * HOUR_S, "nothing changed for 350 days"),
        ({"quiet_s": 50 * WEEK_S, "due_near": True}, HOUR_S / 4, "work is due within a day"),
        ({"is_published": False, "due_near": True}, 4 * HOUR_S, "not published yet"),
        ({"has_begun": False}, 4 * HOUR_S, "not begun yet"),
        ({"is_over": True, "due_near": True}, WEEK_S, "it is over"),
        ({"in_full_because": "held"}, 2 * HOUR_S, "as usual; held"),
        ({"failures": 1}, 2 * HOUR_S, "failed 1 in a row"),
        ({"failures": 3}, 8 * HOUR_S, "failed 3 in a row"),
        ({"failures": 90}, DAY_S, "failed 90 in a row"),
        ({"failures": 3, "is_over": True}, WEEK_S, "failed 3 in a row"),
        ({"interval_s": 300, "failures": 3, "is_over": True}, 300.0, "set by hand"),
    ],
)
def test_an_hour_becomes(facts: dict[str, Any], interval_s: float, because: str) -> None:
    found = cadence(Activity(**facts), base_s=HOUR_S)
    assert (found.interval_s, found.because) == (interval_s, because)


def test_no_course_is_synced_more_often_than_every_minute() -> None:
    assert cadence(Activity(due_near=True), base_s=MINUTE_S).interval_s == MINUTE_S


ACTIVITIES = st.builds(
    Activity,
    interval_s=st.none() | st.floats(1, 1e6),
    is_published=st.booleans(),
    has_begun=st.booleans(),
    is_over=st.booleans(),
    due_near=st.booleans(),
    changed_share=st.floats(0, 1),
    quiet_s=st.floats(0, 1e9),
    in_full_because=st.sampled_from(["", "held"]),
    failures=st.integers(0, 10_000),
)
BASES = st.floats(60, WEEK_S)


def interval(course: Activity, base_s: float, **changes: Any) -> float:
    return cadence(replace(course, **changes), base_s=base_s).interval_s


@given(course=ACTIVITIES, base_s=BASES)
def test_the_interval_has_bounds(course: Activity, base_s: float) -> None:
    most = max(8 * base_s, WEEK_S, course.interval_s or 0)
    assert MINUTE_S <= interval(course, base_s) <= most


@given(course=ACTIVITIES, base_s=BASES, more=st.floats(0, 1))
def test_more_changes_never_make_it_longer(course: Activity, base_s: float, more: float) -> None:
    changed = min(1.0, course.changed_share + more)
    assert interval(course, base_s, changed_share=changed) <= interval(course, base_s)
    assert interval(course, base_s, due_near=True) <= interval(course, base_s)


@given(course=ACTIVITIES, base_s=BASES, more=st.integers(0, 50))
def test_more_failures_and_more_quiet_never_make_it_shorter(
    course: Activity, base_s: float, more: int
) -> None:
    usual = interval(course, base_s)
    assert interval(course, base_s, failures=course.failures + more) >= usual
    assert interval(course, base_s, quiet_s=course.quiet_s + more * DAY_S) >= usual
    assert interval(course, base_s * (1 + more)) >= usual


def test_a_schedule_with_room_is_not_stretched() -> None:
    found = spending([Load(interval_s=100, light=100)], percent=50, full_every_s=DAY_S)
    assert (found.planned, found.allowed, found.stretch) == (1.0, 5.0, 1.0)


def test_a_schedule_that_is_too_dear_is_stretched_by_what_it_is_too_dear() -> None:
    loads = [Load(interval_s=100, light=100, full=100)] * 20
    found = spending(loads, percent=50, full_every_s=DAY_S)
    assert found.planned == 20.0
    assert found.stretch == pytest.approx(4.0, rel=1e-3)


def test_full_readings_that_come_every_day_are_paid_for_before_the_others() -> None:
    load = Load(interval_s=HOUR_S, light=0, full=DAY_S)  # one unit a second
    assert load.per_second(stretch=1, full_every_s=DAY_S) == 1.0
    assert load.per_second(stretch=12, full_every_s=DAY_S) == 1.0
    assert load.per_second(stretch=48, full_every_s=DAY_S) == 0.5


LOADS = st.lists(
    st.builds(
        Load,
        interval_s=st.floats(60, 10 * WEEK_S),
        light=st.floats(0, 1e5),
        full=st.floats(0, 1e6),
    ),
    max_size=20,
)


@given(loads=LOADS, percent=st.integers(1, 100))
def test_what_is_spent_after_stretching_is_allowed(loads: list[Load], percent: int) -> None:
    found = spending(loads, percent=percent, full_every_s=DAY_S)
    spent = sum(load.per_second(stretch=found.stretch, full_every_s=DAY_S) for load in loads)
    assert spent <= found.allowed
    assert found.stretch >= 1.0
    assert found.stretch == 1.0 or spent > 0.99 * found.allowed
