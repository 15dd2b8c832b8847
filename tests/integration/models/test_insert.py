"""Rows inserted column by column are those an upsert would have made, or none is."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import DataError, connection, models, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from canvas.models import CanvasSubmission, CanvasTerm, MirroredRow
from canvas.models.upsert import Row, insert, insert_prepared, prepare_insert, upsert
from canvas.models.upsert.copying import copy_lines
from tests.integration.models.rows import Book, three
from tests.integration.models.test_upsert_agreement import COLUMNS
from tests.integration.models.test_upsert_model import in_a_fresh_table

pytestmark = pytest.mark.django_db

OWN = ("id", "first_seen_at", "changed_at")
AWKWARD = ["", "\\N", "\\.", "a\tb", "a\r\nb", "\\", '"', "'", "\U0001f600", "NULL", " x "]
ROW = st.fixed_dictionaries({name: COLUMNS[name] for name in COLUMNS if name != "read_at"})


def by_column(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def stored(model: type[MirroredRow]) -> list[Row]:
    """As they are, but for our own keys and times."""
    rows = model._default_manager.order_by("canvas_id").values()
    return [{name: value for name, value in row.items() if name not in OWN} for row in rows]


def test_rows_get_keys_in_their_order(book: Book) -> None:
    rows = [book.row(number, name=f"term {number}") for number in (7, 3, 5)]
    pks = insert(CanvasTerm, by_column(rows))
    found = dict(CanvasTerm.objects.values_list("canvas_id", "pk"))
    assert pks == [found[7], found[3], found[5]]


@given(rows=st.lists(ROW, min_size=1, max_size=5))
def test_they_are_the_rows_an_upsert_makes(rows: list[Row]) -> None:
    def check(own: Row) -> None:
        full = [own | {"canvas_id": number} | row for number, row in enumerate(rows, start=1)]
        upsert(CanvasSubmission, full)
        expected = stored(CanvasSubmission)
        CanvasSubmission.objects.all().delete()
        assert insert(CanvasSubmission, by_column(full)) is not None
        assert stored(CanvasSubmission) == expected
        assert three(upsert(CanvasSubmission, full).counts) == (0, 0, len(full))

    in_a_fresh_table(check)


def test_rows_are_as_old_as_their_writing_not_as_their_preparation(book: Book) -> None:
    fresh = prepare_insert(CanvasTerm, by_column([book.row(1)]))
    between = timezone.now()
    assert fresh is not None
    assert insert_prepared(fresh) is not None
    assert book.term(1).first_seen_at == book.term(1).changed_at > between


def test_text_comes_back_as_it_was(book: Book) -> None:
    names = [*AWKWARD, None, *AWKWARD]
    rows = [book.row(number, name=name) for number, name in enumerate(names)]
    assert insert(CanvasTerm, by_column(rows))
    found = CanvasTerm.objects.order_by("canvas_id").values_list("name", flat=True)
    assert list(found) == names


def test_a_row_that_is_there_leaves_all_to_an_upsert(book: Book) -> None:
    book.write(book.row(3, name="old"))
    rows = [book.row(number, name="new") for number in (1, 2, 3)]
    assert insert(CanvasTerm, by_column(rows)) is None
    assert [(term.canvas_id, term.name) for term in CanvasTerm.objects.all()] == [(3, "old")]


def test_so_does_a_tombstone(book: Book) -> None:
    book.write(book.row(3, name="old"))
    CanvasTerm.objects.update(deleted_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert insert(CanvasTerm, by_column([book.row(3, name="new")])) is None
    assert book.term(3).name == "old"


def test_so_does_a_key_that_comes_twice(book: Book) -> None:
    assert insert(CanvasTerm, by_column([book.row(1), book.row(2), book.row(1)])) is None
    assert not CanvasTerm.objects.exists()


def test_the_transaction_goes_on_after_it(book: Book) -> None:
    book.write(book.row(3, name="old"))
    with transaction.atomic():
        assert insert(CanvasTerm, by_column([book.row(3), book.row(4)])) is None
        book.write(book.row(4, name="by other means"))
    assert book.term(4).name == "by other means"


@pytest.mark.parametrize("bad", ["a\0b", "\ud800"])
def test_a_value_no_database_holds_is_refused_and_nothing_written(book: Book, bad: str) -> None:
    rows = [book.row(1, name="good"), book.row(2, name=bad)]
    with pytest.raises((DataError, ValueError)), transaction.atomic():
        insert(CanvasTerm, by_column(rows))
    assert not CanvasTerm.objects.exists()


def test_a_column_the_table_does_not_have_is_refused(book: Book) -> None:
    with pytest.raises(TypeError, match="no column nonsense"):
        insert(CanvasTerm, by_column([book.row(1, nonsense=1)]))


def test_lines_of_copy_are_escaped_as_postgresql_documents() -> None:
    cells: list[list[Any]] = [
        [1, None],
        ["a\tb\nc\rd\\e", "\\N"],
        [True, False],
        [-0.0, 1e300],
        [None, None],
    ]
    assert copy_lines(cells) == [
        "1\ta\\tb\\nc\\rd\\\\e\tt\t-0.0\t\\N\n",
        "\\N\t\\\\N\tf\t1e+300\t\\N\n",
    ]


class _Name(models.TextChoices):
    FALL = "fall\tterm"


@pytest.mark.parametrize("count", [1, 40])
def test_a_choice_is_stored_as_its_value(book: Book, count: int) -> None:
    """Whatever way the rows go, which is another one for many."""
    names = [*(f"a\t{number}" for number in range(count)), _Name.FALL]
    book.write(*(book.row(at, name=name) for at, name in enumerate(names)))
    found = CanvasTerm.objects.order_by("canvas_id").values_list("name", flat=True)
    assert list(found) == [*names[:-1], "fall\tterm"]


def test_what_is_no_value_of_a_column_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="complex cannot be copied"):
        copy_lines([[1j]])


def test_equal_values_of_different_kinds_stay_apart() -> None:
    many = [1, True, 1.0, 0, False, -0.0, 0.0] * 9
    written = [line.rstrip("\n") for line in copy_lines([many])]
    assert written[:7] == ["1", "t", "1.0", "0", "f", "-0.0", "0.0"]
    assert copy_lines([[0.0, -0.0] * 20])[:2] == ["0.0\n", "-0.0\n"]


def test_both_databases_have_a_quick_way(book: Book) -> None:
    assert connection.vendor in ("postgresql", "sqlite")
    assert insert(CanvasTerm, by_column([book.row(1)])) is not None
