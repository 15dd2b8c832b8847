"""A few odd records are borne; a twentieth of a listing is not."""

import pytest

from canvas.errors import TooManyRejectsError
from sync.batch import Batch
from sync.tolerance import Tolerance
from tests.unit.sync.fakes import Reading
from tests.unit.sync.site import PATHS, pages


@pytest.mark.parametrize(("records", "refused"), [(21, 20), (20, 20), (1000, 50), (420, 21)])
def test_borne(records: int, refused: int) -> None:
    tolerance = Tolerance()
    tolerance.note(Batch(source="sections", records=records), refused=refused)
    assert tolerance._counts["sections"].refused == refused


@pytest.mark.parametrize(("records", "refused"), [(21, 21), (419, 21), (1000, 51)])
def test_not_borne(records: int, refused: int) -> None:
    tolerance = Tolerance()
    expected = f"{refused} of the first {records} records of sections"
    with pytest.raises(TooManyRejectsError, match=expected):
        tolerance.note(Batch(source="sections", records=records), refused=refused)


def test_a_listing_is_counted_over_its_batches_and_by_itself() -> None:
    tolerance = Tolerance()
    tolerance.note(Batch(source="sections", records=30), refused=15)
    tolerance.note(Batch(source="groups", records=30), refused=15)
    with pytest.raises(TooManyRejectsError, match="30 of the first 60"):
        tolerance.note(Batch(source="sections", records=30), refused=15)


async def test_a_listing_of_which_too_much_is_set_aside_ends_the_run_without_a_closing() -> None:
    bad = [[{"id": number, "name": ["no", "text"]} for number in range(1, 30)]]
    reading = Reading(pages() | {PATHS["sections"]: bad})
    course = await reading.of(101)
    assert isinstance(course.readings["sections"].error, TooManyRejectsError)
    assert course.fatal is course.readings["sections"].error
    assert "sections" not in course.proven()
    assert reading.store.closing is None
