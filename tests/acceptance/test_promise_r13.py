"""R13: a drop of more than 30 % and 20 rows waits until a person accepts it."""

import pytest
from pytest_django.fixtures import Settings

from simulator import Canvas
from tests.acceptance.inside import COURSE, Inside

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inside(canvas: Canvas, settings: Settings) -> Inside:
    """A mirror after its first run."""
    settings.CANVAS_ALLOW_INSECURE = True
    mirror = Inside(canvas)
    mirror.sync()
    return mirror


def take_out(canvas: Canvas, share: float) -> int:
    """Rows of the people of the course vanish from Canvas; how many."""
    table = canvas.world.submissions
    with canvas.world.lock:
        found = [row for row in table.of("course_id", COURSE) if row.workflow_state != "deleted"]
        for row in found[: int(len(found) * share)]:
            table.drop(row.id)
    return int(len(found) * share)
