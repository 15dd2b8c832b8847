"""Changes that come by themselves, the same ones for the same seed."""

from random import Random

from simulator import Canvas
from tests.simulator.conftest import Starter

CHANGES = 30


def _names(canvas: Canvas, seed: int) -> list[str]:
    """Names of the events of so many changes."""
    chance = Random(seed)
    for _ in range(CHANGES):
        canvas.live_on(chance)
    return [event["metadata"]["event_name"] for event in canvas.live_events.sent]


def test_changes_of_every_kind_come_by_themselves(fresh: Starter) -> None:
    assert set(_names(fresh(), 1)) >= {
        "assignment_updated",
        "grade_change",
        "submission_comment_created",
        "submission_created",
    }


def test_the_same_seed_makes_the_same_changes(fresh: Starter) -> None:
    one, again, other = fresh(), fresh(), fresh()
    assert _names(one, 1) == _names(again, 1) != _names(other, 2)
    assert [e["body"] for e in one.live_events.sent] == [e["body"] for e in again.live_events.sent]


def test_where_no_course_is_open_nothing_changes(fresh: Starter) -> None:
    canvas = fresh()
    for course in canvas.world.courses:
        course.workflow_state = "completed"
    assert _names(canvas, 1) == []
