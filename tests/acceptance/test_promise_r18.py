"""R18: a field that vanished because a permission vanished does not clear the stored value."""

from __future__ import annotations

from typing import Any

import pytest

from canvas.models import CanvasAssignment, CanvasEnrollment, CanvasSection, CanvasUser
from simulator import Canvas
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.small_pages import PATHS, SmallMirror

pytestmark = pytest.mark.django_db(transaction=True)
# Source, key of the record (dotted for a nested one), our model, its column.
GATED = [
    ("sections", "sis_section_id", CanvasSection, "sis_section_id"),
    ("enrollments", "sis_section_id", CanvasEnrollment, "sis_section_id"),
    ("enrollments", "last_activity_at", CanvasEnrollment, "last_activity_at"),
    ("enrollments", "user.login_id", CanvasUser, "login_id"),
    ("enrollments", "user.sis_user_id", CanvasUser, "sis_user_id"),
    ("enrollments", "grades", CanvasEnrollment, "final_score"),
    ("assignments", "points_possible", CanvasAssignment, "points_possible"),
]


@pytest.fixture
def mirror(canvas: Canvas, first_readings: FirstReadings) -> SmallMirror:
    return SmallMirror.read_before(canvas, first_readings)


def values(model: Any, column: str) -> list[Any]:
    return list(model.objects.order_by("pk").values_list("pk", column))


@pytest.mark.parametrize(("source", "key", "model", "column"), GATED)
def test_what_is_no_longer_sent_is_kept(
    source: str, key: str, model: Any, column: str, mirror: SmallMirror
) -> None:
    before = values(model, column)
    assert any(value is not None for _, value in before)
    fault = mirror.canvas.faults.add("drop_key", PATHS[source], times=None, key=key)
    _, deleted = mirror.read(source)
    assert fault.fired
    assert (deleted, values(model, column)) == (0, before)
