"""Values no mirror can hold: refused alike by both databases and every writer, nothing written."""

from typing import Any

import pytest
from django.db import DataError, IntegrityError

from canvas.models import CanvasAssignment, CanvasSubmission, CanvasTerm
from canvas.models.upsert.postgres import COPY_FROM
from canvas.models.upsert.writers import PortableWriter, Writer
from tests.integration.models.rows import Book

MANY = 3 * COPY_FROM
# The errors that make the loader look for the one record (`sync/load.py`).
REFUSALS = (DataError, IntegrityError, OverflowError, ValueError)
BAD: dict[str, dict[str, Any]] = {
    "NUL in text": {"grade": "a\0b"},
    "NUL in JSON": {"extra": {"a": ["\0"]}},
    "NUL in a key of JSON": {"attachments": {"\0": 1}},
    "a lone surrogate": {"body": "\ud800"},
    "a lone surrogate in JSON": {"extra": {"a": "\ud800"}},
    "not a number": {"score": float("nan")},
    "infinity": {"points_deducted": float("-inf")},
    "not a number in JSON": {"attachments": [float("nan")]},
    "more than 64 bits": {"grader_id": 2**63},
    "a key of more than 64 bits": {"canvas_id": 2**63},
    "a number far too large": {"grader_id": 10**40},
    "text for a number": {"score": "canary"},
    "no parent": {"assignment_id": None},
}
pytestmark = pytest.mark.parametrize(
    "writer", [PortableWriter(), None], ids=["portable", "the database's own"]
)


def rows_of(book: Book, assignment: CanvasAssignment, count: int) -> list[dict[str, Any]]:
    return [book.row(n, assignment_id=assignment.pk, score=1.0) for n in range(count)]


@pytest.mark.parametrize("count", [1, MANY])
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_one_bad_value_is_refused_with_its_batch(
    book: Book, assignment: CanvasAssignment, writer: Writer | None, bad: Any, count: int
) -> None:
    rows = rows_of(book, assignment, count)
    rows[-1] |= bad
    with pytest.raises(REFUSALS):
        book.write(*rows, model=CanvasSubmission, writer=writer)
    assert not CanvasSubmission.objects.exists()
    good = book.write(*rows[:-1], model=CanvasSubmission, writer=writer)
    assert good.counts.created == count - 1


@pytest.mark.parametrize("name", ["NUL in text", "NUL in JSON", "not a number", "infinity"])
def test_the_refusal_names_the_column_and_no_value(
    book: Book, assignment: CanvasAssignment, writer: Writer | None, name: str
) -> None:
    [row] = rows_of(book, assignment, 1)
    with pytest.raises(DataError, match=r"CanvasSubmission\.\w+: a .* cannot be stored; take it"):
        book.write(row | BAD[name], model=CanvasSubmission, writer=writer)


def test_a_refused_update_leaves_the_rows_as_they_were(
    book: Book, assignment: CanvasAssignment, writer: Writer | None
) -> None:
    rows = rows_of(book, assignment, MANY)
    book.write(*rows, model=CanvasSubmission, writer=writer)
    changed = [row | {"score": 2.0} for row in rows]
    changed[7]["grader_id"] = 2**63
    with pytest.raises(REFUSALS):
        book.write(*changed, model=CanvasSubmission, writer=writer)
    assert CanvasSubmission.objects.filter(score=1.0).count() == MANY


@pytest.mark.parametrize("count", [1, MANY])
def test_text_that_looks_like_a_refused_value_is_kept_exactly(
    book: Book, writer: Writer | None, count: int
) -> None:
    text = "\\N\t\\u0000 \\\\u0000\r\n\\. ' %s ∅ \U0001f600\x01"
    rows = [book.row(n, name=text, extra={text: [text]}) for n in range(count)]
    book.write(*rows, writer=writer)
    term = CanvasTerm.objects.latest("pk")
    assert (term.name, term.extra) == (text, {text: [text]})


def test_a_column_the_table_does_not_have_is_a_mistake_of_the_caller(
    book: Book, writer: Writer | None
) -> None:
    with pytest.raises(TypeError, match="CanvasTerm has no column colour, sise: name columns as"):
        book.write(book.row(1, colour="red", sise=1), writer=writer)


def test_a_key_of_another_type_is_named(book: Book, writer: Writer | None) -> None:
    with pytest.raises(ValueError, match="CanvasTerm: canvas_id must be of type int"):
        book.write(book.row("17"), writer=writer)
    assert not CanvasTerm.objects.exists()
