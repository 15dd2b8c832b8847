"""What an outcome names beside counts: the columns that changed, and the rows that came back."""

from typing import Any

import pytest
from django.utils import timezone

from canvas.models import CanvasAssignment, CanvasSubmission, CanvasTerm
from canvas.models.upsert import Fate, Outcome
from tests.integration.models.rows import Book


def only_fields(outcome: Outcome) -> tuple[str, ...]:
    [fields] = outcome.fields.values()
    return fields


def test_the_columns_that_changed_are_named_in_order(book: Book) -> None:
    book.write(book.row(1, name="Spring", sis_term_id="S", extra={"a": 1, "b": 1}))
    outcome = book.write(book.row(1, sis_term_id="T", name="Fall", extra={"b": 2, "c": 3}))
    assert only_fields(outcome) == ("extra", "name", "sis_term_id")


def test_only_rows_that_were_updated_have_fields(book: Book) -> None:
    book.write(*book.named({1: "Spring", 2: "Summer"}))
    outcome = book.write(*book.named({1: "Spring", 2: "Fall", 3: "Winter"}))
    assert outcome.fields == {(book.integration.pk, 2): ("name",)}
    assert outcome.revived == set()


def test_columns_canvas_computes_on_reading_are_not_named(
    book: Book, assignment: CanvasAssignment
) -> None:
    def row(score: float, late: bool, seconds_late: int) -> dict[str, Any]:
        own = {"score": score, "late": late, "seconds_late": seconds_late}
        return book.row(751, assignment_id=assignment.pk, **own)

    book.write(row(1.0, False, 0), model=CanvasSubmission)
    outcome = book.write(row(2.0, True, 60), model=CanvasSubmission)
    assert only_fields(outcome) == ("score",)
    assert book.write(row(2.0, False, 90), model=CanvasSubmission).fields == {}


@pytest.mark.parametrize(("name", "fields"), [("Spring", ()), ("Fall", ("name",))])
def test_a_row_that_came_back_is_said_to_be_revived(
    book: Book, name: str, fields: tuple[str, ...]
) -> None:
    book.write(book.row(1, name="Spring"))
    CanvasTerm.objects.update(deleted_at=timezone.now())
    outcome = book.write(book.row(1, name=name))
    assert outcome.revived == {(book.integration.pk, 1)}
    assert (only_fields(outcome), list(outcome.fates.values())) == (fields, [Fate.UPDATED])
