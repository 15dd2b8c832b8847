"""Every writer leaves the same table and says the same, whatever sequence of batches it gets."""

import datetime as dt
from typing import Any, TypeAlias

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from canvas.models import CanvasQuiz, CanvasSubmission, CanvasTerm, MirroredRow
from canvas.models.upsert import Key, Outcome, Row, upsert
from canvas.models.upsert.writers import PortableWriter, Writer, writer_for
from tests.integration.models.rows import Book, own_writers
from tests.integration.models.test_upsert_model import in_a_fresh_table

pytestmark = pytest.mark.django_db

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_ZONES = (dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=30)))
INSTANTS = st.datetimes(timezones=st.sampled_from(_ZONES)).filter(lambda at: 1 < at.year < 9999)
TEXTS = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
WHOLE = st.none() | st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.5, "x", "\\N\t", "é"]),
    lambda part: st.lists(part, max_size=2) | st.dictionaries(st.sampled_from("ab"), part),
    max_leaves=4,
)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "grade": TEXTS,
    "body": TEXTS,
    # Plus zero: a minus before a zero is lost in a statement's text, and nobody's mark differs.
    "score": st.none() | st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0),
    "grader_id": WHOLE,
    "excused": st.sampled_from([None, False, True]),
    "late": st.sampled_from([None, False, True]),
    "seconds_late": WHOLE,
    "submitted_at": st.none() | INSTANTS,
    "attachments": JSON,
    "extra": st.dictionaries(st.sampled_from(["a", "b", "seconds_late"]), JSON, max_size=3),
    "read_at": st.sampled_from([dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (1, 2, 3)]),
}
KEYS = st.integers(1, 5)
BATCH = st.lists(st.fixed_dictionaries({"canvas_id": KEYS}, optional=COLUMNS), max_size=7)
DELETION = st.sets(KEYS).map(frozenset)
Step: TypeAlias = "list[Row] | frozenset[int]"
STEPS: st.SearchStrategy[list[Step]] = st.lists(BATCH | DELETION, min_size=1, max_size=5)


def told(outcome: Outcome) -> Any:
    """All an outcome says but our own keys."""

    def by_id(of: dict[Key, Any]) -> dict[Any, Any]:
        return {key[-1]: value for key, value in sorted(of.items())}

    assert outcome.ids.keys() == outcome.fates.keys()
    return by_id(outcome.fates), by_id(outcome.fields), {key[-1] for key in outcome.revived}


def dump() -> list[str]:
    """Every column but our own keys and clocks."""
    local = {"id", "first_seen_at", "changed_at", "deleted_at"}
    names = [c.attname for c in CanvasSubmission._meta.concrete_fields if c.attname not in local]
    rows = CanvasSubmission.objects.order_by("canvas_id")
    return [repr(row) for row in rows.values(*names)]


def played(steps: list[Step], writer: Writer, *, keys: Row) -> list[Any]:
    """What each step said and left, in a table that was empty and is so again."""
    seen: list[Any] = []
    with transaction.atomic():
        for step in steps:
            if isinstance(step, frozenset):
                found = CanvasSubmission.objects.filter(canvas_id__in=step)
                found.update(deleted_at=timezone.now())
            else:
                rows = [keys | {"extra": {}} | row for row in step]
                seen.append(told(upsert(CanvasSubmission, rows, writer=writer)))
            live = CanvasSubmission.objects.live().order_by("canvas_id")
            seen.append((dump(), list(live.values_list("canvas_id", flat=True))))
        transaction.set_rollback(True)
    return seen


@settings(max_examples=60)
@given(steps=STEPS)
def test_every_writer_leaves_and_says_the_same(steps: list[Step]) -> None:
    def compare(keys: Row) -> None:
        expected = played(steps, PortableWriter(), keys=keys)
        for writer in own_writers():
            assert played(steps, writer, keys=keys) == expected

    in_a_fresh_table(compare)


def every_writer() -> list[Writer]:
    return [PortableWriter(), *own_writers()]


def columns(model: type[MirroredRow], canvas_id: int) -> dict[str, Any]:
    row = model._default_manager.values().get(canvas_id=canvas_id)
    local = ("id", "canvas_id", "content_hash", "first_seen_at", "changed_at")
    return {name: value for name, value in row.items() if name not in local}


def test_columns_a_new_row_does_not_name_have_their_defaults(book: Book) -> None:
    for number, writer in enumerate(every_writer()):
        key = {"integration_id": book.integration.pk, "canvas_id": number}
        book.write(key, writer=writer)
        made = CanvasTerm(integration=book.integration)
        expected = {name: getattr(made, name) for name in columns(CanvasTerm, number)}
        assert columns(CanvasTerm, number) == expected


def test_every_row_of_a_batch_that_mixes_new_and_old_is_answered_with_its_key(book: Book) -> None:
    for number, writer in enumerate(every_writer()):
        first = 100 * number
        book.write(*book.named({first + n: "old" for n in range(0, 40, 2)}), writer=writer)
        outcome = book.write(*book.named({first + n: "new" for n in range(40)}), writer=writer)
        found = CanvasTerm.objects.filter(canvas_id__gte=first)
        assert {key[1]: pk for key, pk in outcome.ids.items()} == dict(
            found.values_list("canvas_id", "pk")
        )


def test_a_row_someone_else_made_meanwhile_is_replaced_and_not_doubled(book: Book) -> None:
    for number, writer in enumerate(every_writer()):
        late = MadeMeanwhile(book, number, writer)
        book.write(book.row(number, name="canvas"), writer=late)
        term = CanvasTerm.objects.get(canvas_id=number)
        assert (term.name, term.first_seen_at) == ("canvas", LONG_AGO)


class MadeMeanwhile:
    """A writer before whose turn somebody makes the same row by other means."""

    def __init__(self, book: Book, canvas_id: int, writer: Writer) -> None:
        self.book, self.canvas_id, self.writer = book, canvas_id, writer

    def write(self, writing: Any) -> dict[Key, int]:
        CanvasTerm.objects.create(
            integration=self.book.integration, canvas_id=self.canvas_id, first_seen_at=LONG_AGO
        )
        return self.writer.write(writing)


def test_a_third_key_column_is_part_of_the_key_for_every_writer(book: Book, course: Any) -> None:
    for number, writer in enumerate(every_writer()):
        rows = [book.row(number, course_id=course.pk, engine=e) for e in ("classic", "new")]
        assert len(book.write(*rows, model=CanvasQuiz, writer=writer).ids) == 2
    assert CanvasQuiz.objects.count() == 2 * len(every_writer())


def test_each_database_has_a_writer_of_its_own() -> None:
    assert type(writer_for("default")) is type(own_writers()[0])
