"""`upsert`: exact counts, keys, what is kept and what is replaced."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from canvas.models import (
    CanvasCourse,
    CanvasIntegration,
    CanvasQuiz,
    CanvasRubric,
    CanvasRubricCriterion,
    CanvasRubricRating,
    CanvasTerm,
)
from canvas.models.upsert import Fate
from tests.integration.models.rows import Book, three

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def age(book: Book) -> None:
    """Make every term look as if it had been written long ago."""
    CanvasTerm.objects.update(first_seen_at=LONG_AGO, changed_at=LONG_AGO)


def test_new_changed_and_equal_rows_are_told_apart(book: Book) -> None:
    book.write(*book.named({1: "Spring", 2: "Summer", 3: "Autumn"}))
    outcome = book.write(*book.named({2: "Summer", 3: "Fall", 4: "Winter", 5: None}))
    assert three(outcome.counts) == (2, 1, 1)
    named = {key[1]: fate for key, fate in outcome.fates.items()}
    assert named == {2: Fate.UNCHANGED, 3: Fate.UPDATED, 4: Fate.CREATED, 5: Fate.CREATED}


def test_every_row_is_answered_with_its_primary_key(book: Book) -> None:
    book.write(*book.named({1: "Spring", 2: "Summer"}))
    outcome = book.write(*book.named({1: "Spring", 2: "Fall", 3: "Winter"}))
    assert {key[1]: pk for key, pk in outcome.ids.items()} == dict(
        CanvasTerm.objects.values_list("canvas_id", "pk")
    )


def test_an_update_keeps_the_key_and_the_day_of_first_sight(book: Book) -> None:
    [pk] = book.write(book.row(1, name="Spring")).ids.values()
    age(book)
    book.write(book.row(1, name="Fall"))
    term = book.term(1)
    assert (term.pk, term.name, term.first_seen_at) == (pk, "Fall", LONG_AGO)
    assert term.changed_at > LONG_AGO


def test_an_equal_row_keeps_the_time_of_its_last_change(book: Book) -> None:
    book.write(book.row(1, name="Spring"))
    age(book)
    assert book.counts(book.row(1, name="Spring")) == (0, 0, 1)
    assert book.term(1).changed_at == LONG_AGO


def test_of_a_key_that_comes_twice_the_last_wins(book: Book) -> None:
    assert book.counts(book.row(1, name="old"), book.row(1, name="new")) == (1, 0, 0)
    assert book.term(1).name == "new"
    assert book.counts(book.row(1, name="x"), book.row(1, name="new")) == (0, 0, 1)


def test_no_rows_are_no_work(book: Book) -> None:
    assert book.counts() == (0, 0, 0)


def test_a_column_that_is_absent_keeps_its_value_and_a_null_replaces_it(book: Book) -> None:
    book.write(book.row(1, name="Spring", sis_term_id="S"))
    book.write(book.row(1, name="Fall"))
    assert (book.term(1).name, book.term(1).sis_term_id) == ("Fall", "S")
    book.write(book.row(1, sis_term_id=None))
    assert (book.term(1).name, book.term(1).sis_term_id) == ("Fall", None)


def test_a_row_that_says_less_than_is_stored_is_unchanged(book: Book) -> None:
    book.write(book.row(1, name="Spring", sis_term_id="S", extra={"a": 1, "b": 2}))
    assert book.counts(book.row(1, name="Spring", extra={"a": 1})) == (0, 0, 1)
    assert book.counts(book.row(1)) == (0, 0, 1)


def test_texts_of_several_lines_in_extra_stay_with_their_row(book: Book) -> None:
    told = [{"a": "x\ny"}, {"a\n": "\r\n"}, {}, {"a": "\u2028"}, {"a": "\\n"}]
    book.write(*(book.row(number, extra=extra) for number, extra in enumerate(told, start=1)))
    assert [book.term(number).extra for number in range(1, 6)] == told


def test_extra_keys_are_merged(book: Book) -> None:
    book.write(book.row(1, extra={"a": 1, "b": [1]}))
    assert book.counts(book.row(1, extra={"b": [2], "c": None})) == (0, 1, 0)
    assert book.term(1).extra == {"a": 1, "b": [2], "c": None}


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, True), (0, False), ([1], [True]), ({"a": {"b": 0}}, {"a": {"b": False}})],
)
def test_true_is_not_taken_for_one(book: Book, before: Any, after: Any) -> None:
    book.write(book.row(1, extra={"flag": before}, overrides=before))
    assert book.counts(book.row(1, extra={"flag": after}, overrides=after)) == (0, 1, 0)
    term = book.term(1)
    assert repr((term.extra["flag"], term.overrides)) == repr((after, after))


def test_a_row_made_here_is_never_touched(book: Book) -> None:
    for name in ("mine", "also mine"):
        CanvasTerm.objects.create(integration=book.integration, name=name, changed_at=LONG_AGO)
    assert book.counts(*book.named({1: "mine"})) == (1, 0, 0)
    local = CanvasTerm.objects.filter(canvas_id=None)
    assert sorted(local.values_list("name", "changed_at", "deleted_at")) == [
        ("also mine", LONG_AGO, None),
        ("mine", LONG_AGO, None),
    ]


@pytest.mark.parametrize("missing", ["canvas_id", "integration_id"])
def test_a_row_without_its_key_is_refused_and_nothing_is_written(book: Book, missing: str) -> None:
    with pytest.raises(ValueError, match="CanvasTerm: a row without integration_id and canvas_id"):
        book.write(book.row(1, name="a"), book.row(2, name="b") | {missing: None})
    absent = {name: value for name, value in book.row(2).items() if name != missing}
    with pytest.raises(ValueError, match="CanvasTerm: a row without integration_id and canvas_id"):
        book.write(book.row(1, name="a"), absent)
    assert not CanvasTerm.objects.exists()


def test_a_tombstone_is_revived_with_its_key_and_its_history(book: Book) -> None:
    [pk] = book.write(book.row(1, name="Spring")).ids.values()
    CanvasTerm.objects.update(
        deleted_at=timezone.now(), first_seen_at=LONG_AGO, changed_at=LONG_AGO
    )
    assert book.counts(book.row(1, name="Spring")) == (0, 1, 0)
    term = book.term(1)
    assert (term.pk, term.deleted_at, term.first_seen_at) == (pk, None, LONG_AGO)
    assert term.changed_at > LONG_AGO


def test_the_same_ids_in_two_integrations_are_different_rows(
    book: Book, other_integration: CanvasIntegration
) -> None:
    other = Book(other_integration)
    book.write(*book.named({1: "Spring", 2: "Summer"}))
    assert other.counts(*other.named({1: "Lent", 2: "Trinity"})) == (2, 0, 0)
    assert book.counts(*book.named({1: "Spring", 2: "Fall"})) == (0, 1, 1)
    assert (other.term(2).name, book.term(2).name) == ("Trinity", "Fall")


def test_criteria_are_known_by_their_rubric_and_ratings_by_their_criterion(book: Book) -> None:
    rubrics = [CanvasRubric.objects.create(canvas_id=n) for n in (901, 902)]
    criteria = [book.row("_1", rubric_id=rubric.pk) for rubric in rubrics]
    made = book.write(*criteria, model=CanvasRubricCriterion)
    ratings = [book.row("blank", criterion_id=pk, points=3.0) for pk in made.ids.values()]
    assert book.counts(*ratings, model=CanvasRubricRating) == (2, 0, 0)
    ratings[1]["points"] = 4.0
    assert book.counts(*ratings, model=CanvasRubricRating) == (0, 1, 1)
    assert book.counts(*criteria, model=CanvasRubricCriterion) == (0, 0, 2)


def test_keys_that_only_cross_are_left_alone(book: Book) -> None:
    rubrics = [CanvasRubric.objects.create(canvas_id=n) for n in (901, 902)]
    rows = {
        (rubric.canvas_id, name): book.row(name, rubric_id=rubric.pk, points=1.0)
        for rubric in rubrics
        for name in ("_1", "_2")
    }
    book.write(*rows.values(), model=CanvasRubricCriterion)
    crossed = [rows[901, "_1"], rows[902, "_2"] | {"points": 2.0}]
    assert book.counts(*crossed, model=CanvasRubricCriterion) == (0, 1, 1)
    points = CanvasRubricCriterion.objects.order_by("pk").values_list("points", flat=True)
    assert list(points) == [1.0, 1.0, 1.0, 2.0]


def test_quizzes_of_both_engines_may_share_a_number(book: Book, course: CanvasCourse) -> None:
    both = [book.row(701, course_id=course.pk, engine=engine) for engine in ("classic", "new")]
    assert book.counts(*both, model=CanvasQuiz) == (2, 0, 0)
    both[1]["title"] = "Genes"
    assert book.counts(*both, model=CanvasQuiz) == (0, 1, 1)
    assert CanvasQuiz.objects.get(engine="classic").title is None


def test_more_rows_than_one_statement_takes_are_counted_exactly(book: Book) -> None:
    names: dict[int, str | None] = {number: f"Term {number}" for number in range(2500)}
    assert book.counts(*book.named(names)) == (2500, 0, 0)
    assert book.counts(*book.named(names)) == (0, 0, 2500)
    changed = names | dict.fromkeys(range(0, 2500, 2), "changed") | {9999: "new"}
    assert book.counts(*book.named(changed)) == (1, 1250, 1250)
    assert CanvasTerm.objects.filter(name="changed").count() == 1250


def test_ids_of_all_64_bits_are_kept(book: Book) -> None:
    ids: dict[int, str | None] = {2**63 - 1: "a", -(2**63): "b", 115370000000000073: "c"}
    assert book.counts(*book.named(ids)) == (3, 0, 0)
    assert book.counts(*book.named(ids)) == (0, 0, 3)


def test_initial_values_are_for_new_rows_only(book: Book) -> None:
    initial = {(book.integration.pk, 1): {"sis_term_id": "first"}}
    book.write(book.row(1, name="Spring"), initial=initial)
    assert book.term(1).sis_term_id == "first"
    initial = {(book.integration.pk, 1): {"sis_term_id": "second"}}
    book.write(book.row(1, name="Fall"), initial=initial)
    assert (book.term(1).name, book.term(1).sis_term_id) == ("Fall", "first")


def test_outdated_extra_keys_go_with_the_next_change(book: Book) -> None:
    outdated = {(book.integration.pk, 1): ["course_id"]}
    book.write(book.row(1, name="Spring", extra={"course_id": 5, "a": 1}))
    book.write(book.row(1, name="Fall"), outdated=outdated)
    assert book.term(1).extra == {"a": 1}
    assert three(book.write(book.row(1, name="Fall"), outdated=outdated).counts) == (0, 0, 1)


async def test_the_queryset_upserts_too(book: Book) -> None:
    counts = await CanvasTerm.objects.aupsert([book.row(1, name="Spring")])
    assert three(counts) == (1, 0, 0)
    counts = await CanvasTerm.objects.aupsert(iter([book.row(1, name="Fall"), book.row(2)]))
    assert three(counts) == (1, 1, 0)
