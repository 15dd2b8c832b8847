"""R10: a page that failed, was cut, is empty by error or is not a list never causes a delete."""

from collections.abc import Iterator

import pytest

from simulator import Canvas
from simulator.faults import KINDS
from tests.acceptance.fault_outcomes import OUTCOMES
from tests.acceptance.fault_walks import SLOW
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.resuming import SOAK
from tests.acceptance.small_pages import PAGE_SIZES, PATHS, SmallMirror

pytestmark = pytest.mark.django_db(transaction=True)
# A listing whose parents failed is not asked for: parents are spoilt in runs of their own.
LEAVES = (
    *("sections", "enrollments", "assignment_groups", "rubrics", "quizzes", "new_quizzes"),
    *("group_memberships", "submissions"),
)
SETS = (LEAVES, ("groups", "assignments", "group_categories"))
PAGES = (1, 2, 3)
# Under these a walk may come to an end, and what it had not may look gone. Under all others it
# ends with an error, whatever the listing (test_fault_matrix): one page of one set each is enough,
# but for the soak.
QUIET = {
    kind
    for kind, case in OUTCOMES.items()
    if not all(one.error for one in (case.lasting, *case.by_page.values()))
}


@pytest.fixture
def mirror(still_canvas: Canvas, first_readings: FirstReadings) -> Iterator[SmallMirror]:
    still_canvas.reset()
    yield SmallMirror.read_before(still_canvas, first_readings)
    still_canvas.faults.clear()


def test_every_listing_is_among_those_that_are_spoilt() -> None:
    assert sorted(name for names in SETS for name in names) == sorted(PAGE_SIZES)
    assert "short_page" in QUIET
    assert "http_500" not in QUIET


def cells(page: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Which kind of fault on which listings."""
    for number, kind in enumerate(sorted(KINDS)):
        if kind in QUIET or SOAK:
            yield from ((kind, names) for names in SETS)
        elif PAGES[number % len(PAGES)] == page:
            yield kind, SETS[page == 2]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_that_is_spoilt_deletes_anything(page: int, mirror: SmallMirror) -> None:
    before, fired = mirror.live(), set()
    faults, deletions = mirror.canvas.faults, []
    for kind, listings in cells(page):
        faults.clear()
        for name in listings:
            options = dict(OUTCOMES[kind].options)
            faults.add(kind, PATHS[name], page=page, times=None, **options)
        _, deleted = mirror.read(*listings, hurried=kind in SLOW)
        fired |= {kind} if any(fault.fired for fault in faults.faults) else set()
        if deleted or mirror.live() != before:
            deletions.append((kind, listings, deleted))
    assert deletions == []
    assert fired == {kind for kind, _ in cells(page)}
