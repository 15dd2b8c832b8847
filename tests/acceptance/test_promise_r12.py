"""R12: 401, 403, 404 or a disabled tab never delete what we had, nor do they confirm anything."""

import pytest

from simulator import Canvas
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.small_pages import PATHS, SmallMirror

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = (
    *("unauthorized_401", "permission_401", "forbidden_403"),
    *("not_found_404", "tab_disabled_404"),
)
# Where Canvas is asked whether a row is gone; not_found_404 there is its way of saying so.
ASKED = (
    *("/sections/", "/group_categories/2", "/groups/", "/assignment_groups/", "/quizzes/"),
    *("/rubrics/", "assignment_ids", "/assignments/.*/submissions/"),
)


@pytest.fixture
def mirror(canvas: Canvas, first_readings: FirstReadings) -> SmallMirror:
    return SmallMirror.read_before(canvas, first_readings)


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_of_every_listing_deletes_nothing(kind: str, mirror: SmallMirror) -> None:
    before = mirror.live()
    for path in PATHS.values():
        mirror.canvas.faults.add(kind, path, times=None)
    _, deleted = mirror.read()
    assert (deleted, mirror.live()) == (0, before)


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("nth", [2, 9, 17])
def test_a_right_lost_on_the_way_deletes_nothing(kind: str, nth: int, mirror: SmallMirror) -> None:
    before = mirror.live()
    mirror.canvas.faults.add(kind, "/api/", nth=nth, times=None)
    _, deleted = mirror.read()
    assert (deleted, mirror.live()) == (0, before)


@pytest.mark.parametrize("kind", [kind for kind in REFUSALS if kind != "not_found_404"])
def test_a_refusal_confirms_nothing(kind: str, mirror: SmallMirror) -> None:
    """Every listing is empty by error, and nobody may say what became of the rows."""
    before = mirror.live()
    for path in PATHS.values():
        mirror.canvas.faults.add("short_page", path, times=None, keep=0)
    for path in ASKED:
        mirror.canvas.faults.add(kind, path, times=None)
    _, deleted = mirror.read(accept_deletes=True)
    assert (deleted, mirror.live()) == (0, before)


def test_404_confirms_nothing_once_the_course_itself_is_not_found(mirror: SmallMirror) -> None:
    before = mirror.live()
    mirror.canvas.faults.add("short_page", PATHS["sections"], times=None, keep=0)
    mirror.canvas.faults.add("not_found_404", r"v1/sections/\d+$", times=None)
    mirror.canvas.faults.add("not_found_404", r"courses/101$", nth=2, times=None)
    _, deleted = mirror.read("sections")
    assert (deleted, mirror.live()) == (0, before)


@pytest.mark.parametrize("tab", ["quizzes", "people"])
def test_a_tab_that_was_switched_off_deletes_nothing(tab: str, mirror: SmallMirror) -> None:
    before = mirror.live()
    with mirror.canvas.world.lock:
        mirror.canvas.world.courses[101].hidden_tabs = [tab]
    _, deleted = mirror.read()
    assert (deleted, mirror.live()) == (0, before)
