"""A mirror that begins with a kept reading is the one that was read."""

import pytest

from simulator import Canvas
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.random_worlds.tables import all_rows, empty_database
from tests.acceptance.small_pages import SmallMirror

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_filled_in_is_every_row_that_was_read(canvas: Canvas) -> None:
    readings = FirstReadings()
    SmallMirror.read_before(canvas, readings)
    before = all_rows()
    assert len(before["canvas_canvassubmission"]) == 88
    empty_database()
    canvas.reset()
    filled = SmallMirror.read_before(canvas, readings)
    assert len(canvas.requests) == 0
    assert all_rows() == before
    assert filled.live()["submissions"] == 88


def test_a_reading_of_a_filled_mirror_finds_nothing_new(canvas: Canvas) -> None:
    readings = FirstReadings()
    SmallMirror.read_before(canvas, readings)
    empty_database()
    canvas.reset()
    filled = SmallMirror.read_before(canvas, readings)
    before = filled.live()
    course, deleted = filled.read()
    assert (course.fatal, deleted, filled.live()) == (None, 0, before)
