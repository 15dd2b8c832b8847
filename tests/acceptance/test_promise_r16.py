"""R16: a row that comes back is revived with its key and history."""

from __future__ import annotations

from typing import Any

import pytest

from canvas.models import CanvasGroup, CanvasSection, CanvasSubmission
from simulator import Canvas
from sync.models import Change
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.small_pages import COURSE, SmallMirror

pytestmark = pytest.mark.django_db(transaction=True)
# Table of Canvas, our model, the source that lists it, the state that lists it again.
KINDS = [
    ("sections", CanvasSection, "sections"),
    ("groups", CanvasGroup, "groups"),
    ("submissions", CanvasSubmission, "submissions"),
]


@pytest.fixture
def mirror(canvas: Canvas, first_readings: FirstReadings) -> SmallMirror:
    return SmallMirror.read_before(canvas, first_readings)


def one_of(canvas: Canvas, table: str) -> Any:
    """A row that is listed; of work, that of an assignment which is published."""
    published = {
        row.id
        for row in canvas.world.assignments.of("course_id", COURSE)
        if row.workflow_state == "published"
    }
    found = canvas.world.table(table).of("course_id", COURSE)
    return next(
        row
        for row in found
        if row.workflow_state != "deleted"
        and (table != "submissions" or row.assignment_id in published)
    )


@pytest.mark.parametrize(("table", "model", "source"), KINDS)
def test_a_row_that_comes_back_has_its_key_and_its_history(
    table: str, model: Any, source: str, mirror: SmallMirror
) -> None:
    row = one_of(mirror.canvas, table)
    state, before = row.workflow_state, model.objects.get(canvas_id=row.id)
    row.workflow_state = "deleted"
    _, deleted = mirror.read(source)
    assert deleted >= 1
    assert model.objects.get(pk=before.pk).deleted_at is not None
    row.workflow_state = state
    mirror.read(source)
    after = model.objects.get(canvas_id=row.id)
    assert (after.pk, after.first_seen_at) == (before.pk, before.first_seen_at)
    assert after.deleted_at is None
    changes = Change.objects.filter(resource=table, row_id=before.pk).order_by("pk")
    assert [change.kind for change in changes][-2:] == ["deleted", "revived"]
