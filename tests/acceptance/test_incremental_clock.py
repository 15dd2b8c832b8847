"""Missing work as time passes: an incremental run says what a full reading would."""

import pytest
from pytest_django.fixtures import Settings

from canvas.models import CanvasSubmission
from simulator import Canvas
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.inside import Inside, changes

pytestmark = pytest.mark.django_db(transaction=True)
A_DAY_S = 24 * 3600


def lateness() -> list[tuple[object, ...]]:
    rows = CanvasSubmission.objects.live().order_by("canvas_id")
    return list(rows.values_list("canvas_id", "late", "missing"))


@pytest.mark.parametrize("days", [2, 9, 60])
def test_the_mirror_says_what_canvas_would_say_now(
    days: int, canvas: Canvas, settings: Settings, first_readings: FirstReadings
) -> None:
    settings.CANVAS_ALLOW_INSECURE, settings.FULL_WALK_HOURS = True, 24 * 366
    mirror = Inside.synced(canvas, first_readings)
    at_first = lateness()
    canvas.mutate("advance_clock", seconds=days * A_DAY_S)
    found = mirror.sync()
    assert (found.modes["submissions"], changes(found)) == ("updated_since", {})
    by_changes = lateness()
    mirror.sync(full=True)
    assert by_changes == lateness()
    assert days < 60 or by_changes != at_first
