"""What `upsert` writes: nothing for equal rows, little for values Canvas computes on reading."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from canvas.models import CanvasAssignment, CanvasCourse, CanvasSubmission, CanvasTerm
from canvas.models.upsert import Row
from tests.integration.models.conftest import WriteMark
from tests.integration.models.rows import Book

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def work(book: Book, assignment: CanvasAssignment) -> Row:
    """A submission as it is stored: on time, not missing, half an hour late by the clock."""
    row = book.row(
        751,
        assignment_id=assignment.pk,
        score=4.5,
        late=False,
        missing=False,
        seconds_late=1800,
        extra={"attachments": []},
    )
    book.write(row, model=CanvasSubmission)
    CanvasSubmission.objects.update(changed_at=LONG_AGO)
    return row


def stored() -> CanvasSubmission:
    return CanvasSubmission.objects.get(canvas_id=751)


def test_equal_rows_write_nothing(book: Book, write_mark: WriteMark) -> None:
    rows = list(book.named({number: f"Term {number}" for number in range(50)}))
    book.write(*rows)
    before = write_mark(CanvasTerm)
    assert book.counts(*rows) == (0, 0, 50)
    assert write_mark(CanvasTerm) == before


def test_rows_that_say_less_write_nothing(book: Book, write_mark: WriteMark) -> None:
    book.write(book.row(1, name="Spring", sis_term_id="S", extra={"a": 1}))
    before = write_mark(CanvasTerm)
    book.write(book.row(1, name="Spring"))
    assert write_mark(CanvasTerm) == before


def test_one_changed_row_leaves_its_neighbours_alone(book: Book, write_mark: WriteMark) -> None:
    book.write(*book.named({1: "Spring", 2: "Summer", 3: "Autumn"}))
    before = write_mark(CanvasTerm)
    book.write(*book.named({1: "Spring", 2: "Sommer", 3: "Autumn"}))
    after = write_mark(CanvasTerm)
    different = [new != old for old, new in zip(before, after, strict=True)]
    assert different == ([False, True, False] if len(before) == 3 else [True])


def test_the_mark_of_a_write_sees_a_write_of_equal_values(
    book: Book, write_mark: WriteMark
) -> None:
    book.write(book.row(1, name="Spring"))
    before = write_mark(CanvasTerm)
    CanvasTerm.objects.update(name="Spring")
    assert write_mark(CanvasTerm) != before


@pytest.mark.parametrize("column", ["late", "missing"])
def test_a_flag_that_flips_with_the_clock_is_refreshed_quietly(
    book: Book, work: Row, column: str
) -> None:
    assert book.counts(work | {column: True}, model=CanvasSubmission) == (0, 0, 1)
    assert getattr(stored(), column) is True
    assert stored().changed_at == LONG_AGO


def test_the_count_of_work_to_grade_is_refreshed_quietly(book: Book, course: CanvasCourse) -> None:
    row = book.row(702, course_id=course.pk, name="Lab", needs_grading_count=None)
    book.write(row, model=CanvasAssignment)
    CanvasAssignment.objects.update(changed_at=LONG_AGO)
    for count in (3, 2, None):
        row["needs_grading_count"] = count
        assert book.counts(row, model=CanvasAssignment) == (0, 0, 1)
        found = CanvasAssignment.objects.get(canvas_id=702)
        assert (found.needs_grading_count, found.changed_at) == (count, LONG_AGO)


def test_a_quiet_column_that_is_absent_keeps_its_value(book: Book, work: Row) -> None:
    book.write(work | {"late": True}, model=CanvasSubmission)
    rest = {name: value for name, value in work.items() if name != "late"}
    assert book.counts(rest, model=CanvasSubmission) == (0, 0, 1)
    assert stored().late is True


def test_a_quiet_refresh_writes_nothing_else(book: Book, work: Row) -> None:
    less = {name: value for name, value in work.items() if name != "score"}
    book.write(less | {"late": True, "seconds_late": 9}, model=CanvasSubmission)
    assert (stored().late, stored().score, stored().seconds_late) == (True, 4.5, 1800)


@pytest.mark.parametrize(
    "moving", [{"seconds_late": 3600}, {"seconds_late": None}, {"extra": {"seconds_late": 5}}]
)
def test_what_differs_on_every_reading_is_no_reason_to_write(
    book: Book, work: Row, write_mark: WriteMark, moving: Row
) -> None:
    before = write_mark(CanvasSubmission)
    assert book.counts(work | moving, model=CanvasSubmission) == (0, 0, 1)
    assert write_mark(CanvasSubmission) == before
    assert stored().seconds_late == 1800


def test_what_differs_on_every_reading_is_not_even_read_in_full(book: Book, work: Row) -> None:
    asked = []
    for row in (work, work | {"seconds_late": 3600, "extra": {"attachments": []}}):
        with CaptureQueriesContext(connection) as queries:
            book.write(row, model=CanvasSubmission)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_what_differs_on_every_reading_is_written_along_with_a_change(
    book: Book, work: Row
) -> None:
    changed = work | {"score": 5.0, "seconds_late": 3600}
    assert book.counts(changed, model=CanvasSubmission) == (0, 1, 0)
    assert (stored().score, stored().seconds_late) == (5.0, 3600)


@pytest.mark.parametrize("key", ["secure_params", "lock_info", "url", "can_duplicate"])
def test_a_volatile_extra_key_is_no_reason_to_write(
    book: Book, course: CanvasCourse, write_mark: WriteMark, key: str
) -> None:
    def row(value: Any) -> Row:
        return book.row(702, course_id=course.pk, extra={key: value, "muted": False})

    book.write(row("first"), model=CanvasAssignment)
    before = write_mark(CanvasAssignment)
    assert book.counts(row("second"), model=CanvasAssignment) == (0, 0, 1)
    assert write_mark(CanvasAssignment) == before


def test_an_extra_key_that_is_volatile_elsewhere_counts_here(book: Book) -> None:
    book.write(book.row(1, extra={"lock_info": 1}))
    assert book.counts(book.row(1, extra={"lock_info": 2})) == (0, 1, 0)
