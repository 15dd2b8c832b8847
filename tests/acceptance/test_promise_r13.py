"""R13: a drop of more than 30 % and 20 rows waits until a person accepts it."""

import pytest

from canvas.models import CanvasSubmission
from simulator import Canvas
from sync.models import Unseen, Watermark
from tests.acceptance.small_pages import COURSE, SmallMirror

pytestmark = pytest.mark.django_db(transaction=True)


def take_out_half(canvas: Canvas) -> set[int]:
    """Half of the submissions vanish from Canvas; their ids."""
    table = canvas.world.submissions
    with canvas.world.lock:
        found = [row for row in table.of("course_id", COURSE) if row.workflow_state != "deleted"]
        for row in found[::2]:
            row.workflow_state = "deleted"
    return {row.id for row in found[::2]}


def stored() -> set[int | None]:
    return set(CanvasSubmission.objects.live().values_list("canvas_id", flat=True))


def test_half_of_a_listing_gone_is_held_without_a_question_until_it_is_accepted(
    canvas: Canvas,
) -> None:
    mirror = SmallMirror(canvas)
    mirror.read()
    before, gone = stored(), take_out_half(canvas)
    course, deleted = mirror.read()
    assert ([held.resource for held in course.held], deleted) == (["submissions"], 0)
    assert stored() == before
    asked = [one.path for one in canvas.requests if "/submissions/" in one.path]
    assert (asked, Unseen.objects.count()) == ([], 0)
    course, _ = mirror.read(accept_deletes=True)
    assert (course.held, stored()) == ([], before - gone)


def test_what_is_held_makes_the_next_reading_a_full_one(canvas: Canvas) -> None:
    mirror = SmallMirror(canvas)
    mirror.read()
    take_out_half(canvas)
    mirror.read()
    marks = Watermark.objects.exclude(full_because="")
    assert list(marks.values_list("source", "full_because")) == [
        ("submissions", "deletions are held")
    ]
