"""R31: duplicated, replayed and reordered events end in the same state, which is that of Canvas.

What a refresh has missed, a full reading right after it would find.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from simulator import Canvas
from sync.handling import handle
from sync.models import Change
from tests.acceptance.changes import CHANGES, student
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.inside import Inside
from tests.acceptance.random_worlds.tables import empty_database
from tests.acceptance.refreshing import as_stored, drained, receive, settled
from tests.acceptance.resuming import SOAK

pytestmark = pytest.mark.django_db(transaction=True)
# What Canvas tells of. Comments that are edited or deleted, and what is done by hand, it does not.
TOLD = (
    *("grade_submission", "submit", "excuse", "add_comment"),
    *("enroll", "conclude_enrollment", "edit_assignment", "add_assignment", "add_override"),
    *("add_group", "unenroll"),
)
# Counted by Canvas from other rows, or touched with them, and no event says so.
SILENT = frozenset({"courses", "sections", "assignment_groups", "users", "quizzes"})
COUNTED = frozenset(
    *(
        "needs_grading_count updated_at has_submitted_submissions graded_submissions_exist "
        "needs_grading_count_by_section".split(),
    )
)


@st.composite
def stories(draw: st.DrawFn) -> dict[str, Any]:
    """What happens, in which order its events come, how often, and after how many is drained."""
    return {
        "happens": draw(st.lists(st.sampled_from(TOLD), min_size=2, max_size=5)),
        "order": draw(st.randoms(use_true_random=False)),
        "copies": draw(st.integers(1, 3)),
        "at_once": draw(st.integers(1, 40)),
    }


@pytest.fixture
def begun(canvas: Canvas, settings: Settings, first_readings: FirstReadings) -> Any:
    settings.CANVAS_ALLOW_INSECURE = True
    settings.WEBHOOK_MERGE_SECONDS = 0

    def begin() -> Inside:
        empty_database()
        canvas.reset()
        canvas.live_events.clear()
        mirror = Inside.synced(canvas, first_readings)
        canvas.mutate("advance_clock", seconds=3600)
        return mirror

    return begin


def happen(canvas: Canvas, operation: str) -> None:
    if operation == "unenroll":
        canvas.mutate(operation, enrollment_id=student(canvas.world).id)
    else:
        canvas.mutate(operation, **CHANGES[operation].fields(canvas.world))


def missed(inside: Inside) -> list[str]:
    """What a full reading finds, but for what no event tells of."""
    report = inside.run(full=True, accept_deletes=True)
    found = Change.objects.filter(run=report.run).exclude(resource__in=SILENT)
    return [
        f"{change.kind} {change.resource} {change.canvas_id} {change.fields}"
        for change in found
        if not (change.resource == "assignments" and change.fields and {*change.fields} <= COUNTED)
    ]


@given(stories())
@examples(
    max_examples=60 if SOAK else 3,
    phases=[Phase.generate],  # a failure is told as it is found: each try takes seconds
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_r31_any_sequence_of_events_ends_as_canvas_is(
    canvas: Canvas, begun: Any, story: dict[str, Any]
) -> None:
    inside = begun()
    for operation in story["happens"]:
        happen(canvas, operation)
    events = as_stored(canvas.live_events.sent) * story["copies"]
    story["order"].shuffle(events)
    for start in range(0, len(events), story["at_once"]):
        receive(inside.integration, events[start : start + story["at_once"]])
        handle(500)
    drained()
    receive(inside.integration, events[: story["at_once"]])  # once more, after all
    settled()
    assert missed(inside) == []
