"""R17: a loop of next links, or more pages than could be, ends with an error and no deletes."""

import pytest

from canvas.errors import ContractError
from simulator import Canvas
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.small_pages import PAGE_SIZES, PATHS, SmallMirror

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mirror(canvas: Canvas, first_readings: FirstReadings) -> SmallMirror:
    return SmallMirror.read_before(canvas, first_readings)


@pytest.mark.parametrize("kind", ["next_loop", "repeated_page", "bookmark_reset"])
@pytest.mark.parametrize("source", ["sections", "enrollments", "assignments", "submissions"])
def test_a_circle_ends_with_an_error_and_deletes_nothing(
    kind: str, source: str, mirror: SmallMirror
) -> None:
    before = mirror.live()
    mirror.canvas.faults.add(kind, PATHS[source], times=None)
    course, deleted = mirror.read(source, accept_deletes=True)
    assert isinstance(course.readings[source].error, ContractError)
    assert (deleted, mirror.live()) == (0, before)


def test_every_listing_has_a_page_size_of_its_own() -> None:
    assert PAGE_SIZES.keys() == PATHS.keys()
