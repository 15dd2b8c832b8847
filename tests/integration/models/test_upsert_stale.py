"""R14: an answer Canvas was asked for earlier never overwrites what a later one said."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from canvas.models import CanvasAssignment, CanvasSubmission, CanvasTerm
from canvas.models.upsert import Row, upsert
from tests.integration.models.conftest import WriteMark
from tests.integration.models.rows import Book
from tests.integration.models.test_upsert_model import in_a_fresh_table


def asked(minute: int) -> dt.datetime:
    return dt.datetime(2026, 11, 2, 12, minute, tzinfo=dt.UTC)


def test_an_older_answer_writes_nothing_and_counts_as_unchanged(
    book: Book, write_mark: WriteMark
) -> None:
    book.write(book.row(1, name="new", read_at=asked(2)))
    before = write_mark(CanvasTerm)
    outcome = book.write(book.row(1, name="old", sis_term_id="S", read_at=asked(1)))
    assert (outcome.counts.unchanged, outcome.fields) == (1, {})
    assert outcome.ids == {(book.integration.pk, 1): book.term(1).pk}
    assert write_mark(CanvasTerm) == before


@pytest.mark.parametrize("minute", [2, 3])
def test_an_answer_of_the_same_time_or_later_replaces(book: Book, minute: int) -> None:
    book.write(book.row(1, name="one", read_at=asked(2)))
    assert book.counts(book.row(1, name="two", read_at=asked(minute))) == (0, 1, 0)
    assert (book.term(1).name, book.term(1).read_at) == ("two", asked(minute))


def test_within_the_second_that_canvas_tells_the_later_call_wins(book: Book) -> None:
    second, moment = dt.timedelta(seconds=1), dt.timedelta(microseconds=1)
    book.write(book.row(1, name="one", read_at=asked(1)))
    assert book.counts(book.row(1, name="old", read_at=asked(1) - second - moment)) == (0, 0, 1)
    assert book.counts(book.row(1, name="two", read_at=asked(1) - second)) == (0, 1, 0)


@pytest.mark.parametrize("column", ["grade", "late"])
def test_answers_a_second_apart_do_not_let_ever_older_ones_in(
    book: Book, assignment: CanvasAssignment, column: str
) -> None:
    values = {"grade": ("A", "B", "C"), "late": (None, True, False)}[column]
    for seconds, value in enumerate(values):
        at = asked(1) - dt.timedelta(seconds=seconds)
        row = book.row(751, assignment_id=assignment.pk, read_at=at)
        book.write(row | {column: value}, model=CanvasSubmission)
    found = CanvasSubmission.objects.get()
    assert (getattr(found, column), found.read_at) == (values[1], asked(1))


def test_a_row_that_does_not_say_when_is_written_and_leaves_the_time(book: Book) -> None:
    book.write(book.row(1, name="one", read_at=asked(2)))
    assert book.counts(book.row(1, name="two")) == (0, 1, 0)
    assert (book.term(1).name, book.term(1).read_at) == ("two", asked(2))


def test_a_stored_row_without_a_time_takes_any_answer(book: Book) -> None:
    book.write(book.row(1, name="one"))
    assert book.counts(book.row(1, name="two", read_at=asked(1))) == (0, 1, 0)
    assert book.term(1).read_at == asked(1)


def test_the_time_alone_is_no_reason_to_write(book: Book, write_mark: WriteMark) -> None:
    book.write(book.row(1, name="one", read_at=asked(1)))
    before = write_mark(CanvasTerm)
    assert book.counts(book.row(1, name="one", read_at=asked(2))) == (0, 0, 1)
    assert write_mark(CanvasTerm) == before


@pytest.mark.parametrize(("minute", "alive"), [(1, False), (2, True), (3, True)])
def test_only_an_answer_that_is_not_older_revives_a_tombstone(
    book: Book, minute: int, alive: bool
) -> None:
    book.write(book.row(1, name="one", read_at=asked(0)))
    CanvasTerm.objects.update(deleted_at=timezone.now(), read_at=asked(2))
    outcome = book.write(book.row(1, name="one", read_at=asked(minute)))
    assert (book.term(1).deleted_at is None) is alive
    assert (len(outcome.revived), outcome.counts.updated) == (int(alive), int(alive))


def test_an_older_answer_does_not_turn_back_what_canvas_computes(
    book: Book, assignment: CanvasAssignment
) -> None:
    row = book.row(751, assignment_id=assignment.pk, late=False, read_at=asked(1))
    book.write(row, model=CanvasSubmission)
    book.write(row | {"late": True, "read_at": asked(3)}, model=CanvasSubmission)
    book.write(row | {"read_at": asked(2)}, model=CanvasSubmission)
    found = CanvasSubmission.objects.get()
    assert (found.late, found.read_at) == (True, asked(3))


def test_one_stale_row_does_not_hold_up_its_neighbours(book: Book) -> None:
    book.write(book.row(1, name="new", read_at=asked(2)), book.row(2, name="b", read_at=asked(0)))
    rows = [book.row(n, name="later", read_at=asked(1)) for n in (1, 2, 3)]
    assert book.counts(*rows) == (1, 1, 1)
    assert [book.term(n).name for n in (1, 2, 3)] == ["new", "later", "later"]


def test_of_a_key_that_comes_twice_the_older_answer_loses(book: Book) -> None:
    newer, older = (book.row(1, name=name, read_at=asked(n)) for name, n in (("b", 2), ("a", 1)))
    assert book.counts(newer, older) == (1, 0, 0)
    assert book.term(1).name == "b"


ANSWER = st.fixed_dictionaries(
    {"canvas_id": st.integers(1, 3)},
    optional={"grade": st.sampled_from([None, "B"]), "late": st.booleans()},
)


@pytest.mark.django_db
@settings(max_examples=60)
@given(answers=st.lists(ANSWER, min_size=1, max_size=6), order=st.randoms(use_true_random=False))
def test_answers_in_every_order_end_in_the_newest(answers: list[Row], order: Any) -> None:
    """Each answer is a state of its own: its score is the minute it was asked for."""

    def check(keys: Row) -> None:
        told = [
            keys | {"extra": {}, "grade": None, "late": None} | answer
            | {"score": float(minute), "read_at": asked(minute)}
            for minute, answer in enumerate(answers)
        ]  # fmt: skip
        newest = {row["canvas_id"]: (row["score"], row["grade"], row["late"]) for row in told}
        order.shuffle(told)
        for start in range(0, len(told), size := order.randint(1, 3)):
            upsert(CanvasSubmission, told[start : start + size])
        stored = CanvasSubmission.objects.values_list("canvas_id", "score", "grade", "late")
        assert {key: tuple(rest) for key, *rest in stored} == newest

    in_a_fresh_table(check)
