"""Work that students are no longer assigned, and are again (canvas-api traps 42 and 43)."""

import pytest
from pytest_django.fixtures import Settings

from canvas.models import CanvasSubmission
from simulator import Canvas
from simulator.world import rows
from sync.models import Change
from tests.acceptance.changes import living
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.inside import Inside, changes

pytestmark = pytest.mark.django_db(transaction=True)
AN_HOUR_S = 3600


@pytest.fixture
def inside(canvas: Canvas, settings: Settings, first_readings: FirstReadings) -> Inside:
    settings.CANVAS_ALLOW_INSECURE = True
    return Inside.synced(canvas, first_readings)


@pytest.fixture
def only_exception(canvas: Canvas) -> rows.Override:
    """The one by which an assignment that is not for everyone has its students."""
    lab = living(canvas.world, "assignments", only_visible_to_overrides=True)[0]
    found: rows.Override = living(canvas.world, "assignment_overrides", assignment_id=lab.id)[0]
    return found


@pytest.mark.parametrize("full", [False, True])
def test_work_that_is_assigned_again_is_the_row_it_was(
    full: bool, canvas: Canvas, inside: Inside, only_exception: rows.Override
) -> None:
    lab = only_exception.assignment_id
    before = set(CanvasSubmission.objects.live().filter(assignment__canvas_id=lab))
    assert before
    canvas.mutate("delete_override", override_id=only_exception.id)
    assert changes(inside.sync(full=full))["deleted"]["submissions"] == len(before)
    canvas.mutate("advance_clock", seconds=AN_HOUR_S)
    canvas.mutate(
        "add_override",
        assignment_id=lab,
        student_ids=only_exception.student_ids,
        section_id=only_exception.course_section_id,
    )
    inside.sync(full=full)
    assert set(CanvasSubmission.objects.live().filter(assignment__canvas_id=lab)) == before
    revived = Change.objects.filter(resource="submissions", kind=Change.Kind.REVIVED)
    assert set(revived.values_list("row_id", flat=True)) == {one.pk for one in before}
