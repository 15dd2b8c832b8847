"""R15: rows moving between pages while we page cause neither a wrong delete nor a duplicate."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from canvas.models import CanvasAssignment, CanvasGroup, CanvasSection
from simulator import Canvas
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.small_pages import COURSE, SmallMirror

pytestmark = pytest.mark.django_db(transaction=True)
Step = Callable[[], None]


@pytest.fixture
def mirror(canvas: Canvas, first_readings: FirstReadings) -> SmallMirror:
    return SmallMirror.read_before(canvas, first_readings)


def ids(model: type[CanvasSection] | type[CanvasAssignment] | type[CanvasGroup]) -> list[int]:
    return sorted(row.canvas_id or 0 for row in model.objects.live())


def living(canvas: Canvas, table: str) -> list[int]:
    found = canvas.world.table(table).of("course_id", COURSE)
    return sorted(row.id for row in found if row.workflow_state != "deleted")


def once_before(source: str, page: int, step: Step) -> Callable[[str, int], None]:
    """Do it before that page of the listing is asked for, and never again."""
    done: list[bool] = []

    def before_page(asked: str, number: int) -> None:
        if (asked, number) == (source, page) and not done:
            done.append(True)
            step()

    return before_page


def remove_section(mirror: SmallMirror) -> Step:
    """The first row of the first page goes, so all others move one place up and one is skipped."""

    def step() -> None:
        sections = mirror.canvas.world.sections.of("course_id", COURSE)
        first = min(sections, key=lambda row: (row.name.casefold(), row.id))
        mirror.canvas.mutate("set", table="sections", id=first.id, workflow_state="deleted")

    return step


def test_a_row_skipped_because_another_left_is_kept(mirror: SmallMirror) -> None:
    mirror.before_page = once_before("sections", 2, remove_section(mirror))
    _, deleted = mirror.read("sections")
    assert deleted <= 1
    assert set(ids(CanvasSection)) >= set(living(mirror.canvas, "sections"))


def test_a_row_put_in_while_we_page_makes_no_duplicate(mirror: SmallMirror) -> None:
    def step() -> None:
        mirror.canvas.mutate("add_group", course_id=COURSE, name="AAA")

    mirror.before_page = once_before("groups", 2, step)
    _, deleted = mirror.read("groups")
    found = Counter(CanvasGroup.objects.values_list("canvas_id", flat=True))
    assert (deleted, set(found.values())) == (0, {1})


@pytest.mark.parametrize("round_", range(6))
def test_whatever_moves_while_we_page_nothing_that_is_there_ends(
    round_: int, mirror: SmallMirror, rng: random.Random
) -> None:
    def step() -> None:
        for assignment in mirror.canvas.world.assignments.of("course_id", COURSE):
            assignment.position = rng.randint(1, 50)
        for section in mirror.canvas.world.sections.of("course_id", COURSE):
            section.name = f"{rng.random()}"

    def before_page(source: str, number: int) -> None:
        if source in ("assignments", "sections") and number > 1:
            step()

    mirror.before_page = before_page
    _, deleted = mirror.read()
    assert deleted == 0
    assert ids(CanvasAssignment) == living(mirror.canvas, "assignments")
    assert ids(CanvasSection) == living(mirror.canvas, "sections")
