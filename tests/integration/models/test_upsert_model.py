"""Any sequence of batches and deletions leaves what a dictionary would, and counts like it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from canvas.models import CanvasAssignment, CanvasCourse, CanvasIntegration, CanvasSubmission
from canvas.models.upsert import Row, upsert
from tests.integration.models.rows import three

pytestmark = pytest.mark.django_db

COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "score": st.sampled_from([None, 0.0, 1.0, -2.5]),
    "grade": st.sampled_from([None, "", "B+"]),
    "late": st.sampled_from([None, False, True]),
    "seconds_late": st.sampled_from([None, 0, 60]),
}
EXTRA = st.dictionaries(
    st.sampled_from(["a", "b", "seconds_late"]), st.sampled_from([None, 0, 1, True, [1], "x"])
)
ROW = st.fixed_dictionaries(
    {"canvas_id": st.integers(1, 4), "extra": EXTRA}, optional=dict(COLUMNS)
)
BATCH = st.lists(ROW, max_size=6)
DELETION = st.sets(st.integers(1, 4)).map(frozenset)
STEPS = st.lists(BATCH | DELETION, min_size=2, max_size=6)


class Model:
    """The table as a dictionary: quiet columns never count, volatile ones are only taken along."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}

    def take(self, batch: list[Row]) -> tuple[int, int, int]:
        created = updated = unchanged = 0
        for key, row in {row["canvas_id"]: row for row in batch}.items():
            known = self.rows.get(key)
            if known is None:
                created += 1
                self.rows[key] = dict.fromkeys(COLUMNS) | row | {"deleted": False}
            elif known["deleted"] or self._differs(known, row):
                updated += 1
                extra = known["extra"] | row["extra"]
                self.rows[key] = known | row | {"deleted": False, "extra": extra}
            else:
                unchanged += 1
                known["late"] = row.get("late", known["late"])
        return created, updated, unchanged

    def _differs(self, known: Row, row: Row) -> bool:
        extra = {n: v for n, v in row["extra"].items() if n != "seconds_late"}
        plain = {n: row[n] for n in ("score", "grade") if n in row}
        before = [(n, n in known["extra"], known["extra"].get(n)) for n in extra]
        after = [(n, True, value) for n, value in extra.items()]
        return repr(before) != repr(after) or any(known[n] != v for n, v in plain.items())

    def delete(self, keys: frozenset[int]) -> None:
        for key in keys & self.rows.keys():
            self.rows[key]["deleted"] = True


def in_a_fresh_table(check: Callable[[Row], None]) -> None:
    """Run with the keys every row has, and leave nothing behind."""
    with transaction.atomic():
        school = CanvasIntegration.objects.create(name="school", base_url="https://x.example.edu")
        course = CanvasCourse.objects.create(integration=school, canvas_id=101)
        work = CanvasAssignment.objects.create(integration=school, canvas_id=7, course=course)
        check({"integration_id": school.pk, "assignment_id": work.pk})
        transaction.set_rollback(True)


def table() -> dict[int, Row]:
    names = ("canvas_id", *COLUMNS, "extra", "deleted_at")
    rows = [dict(zip(names, values, strict=True)) for values in _values(names)]
    return {row["canvas_id"]: row | {"deleted": row.pop("deleted_at") is not None} for row in rows}


def _values(names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return list(CanvasSubmission.objects.values_list(*names))


@settings(max_examples=60)
@given(steps=STEPS)
def test_any_sequence_leaves_what_a_dictionary_would(
    steps: list[list[Row] | frozenset[int]],
) -> None:
    def check(keys: Row) -> None:
        model = Model()
        for step in steps:
            if isinstance(step, frozenset):
                model.delete(step)
                found = CanvasSubmission.objects.filter(canvas_id__in=step)
                found.update(deleted_at=timezone.now())
            else:
                outcome = upsert(CanvasSubmission, [keys | row for row in step])
                assert three(outcome.counts) == model.take(step)
            assert plain(table()) == plain(model.rows)

    in_a_fresh_table(check)


@settings(max_examples=25)
@given(batch=BATCH)
def test_the_same_batch_again_changes_nothing(batch: list[Row]) -> None:
    def check(keys: Row) -> None:
        rows = [keys | row for row in batch]
        upsert(CanvasSubmission, rows)
        before = plain(table())
        assert three(upsert(CanvasSubmission, rows).counts)[:2] == (0, 0)
        assert plain(table()) == before

    in_a_fresh_table(check)


def plain(rows: dict[int, Row]) -> list[str]:
    """Comparable text, in which true and 1 differ."""
    return sorted(
        repr(
            [(name, sorted(v.items()) if name == "extra" else v) for name, v in sorted(row.items())]
        )
        for row in rows.values()
    )
