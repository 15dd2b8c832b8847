"""What grades and states were: the values the change feed keeps, and the gradebook of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from canvas.models import CanvasCourse, CanvasSubmission
from sync.models import Change

_READ_SIZE = 500
_INSTANTS = frozenset({"posted_at", "graded_at", "submitted_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One submission as the mirror had it at an instant. `user_id` is Canvas's, None if hidden."""

    submission: int
    assignment: int
    user_id: int | None
    values: dict[str, Any]

    @property
    def score(self) -> float | None:
        value = self.values["score"]
        return value if value is None else float(value)

    @property
    def grade(self) -> str | None:
        value = self.values["grade"]
        return value if value is None else str(value)


async def gradebook_on(course: CanvasCourse, at: dt.datetime) -> AsyncIterator[Mark]:
    """What the gradebook of the course showed at `at`, ordered by our key; 500 rows in memory.

    A submission the mirror did not have then, or had as deleted, is left out. `at` is our clock,
    when a run stored the change; the mirror lags Canvas by the time to the next run. Raises
    ValueError for an instant without a time zone, or before what is kept (HISTORY_DAYS).
    """
    _refuse_unkept(at)
    last = 0
    while rows := await _page(course, at, after=last):
        last = max(rows)
        changes = await _changes(list(rows))
        for pk, row in rows.items():
            if _was_alive(row, changes.get(pk, []), at):
                yield _mark(row, changes.get(pk, []), at)


def prune_history(now: dt.datetime | None = None) -> int:
    """Forget values older than HISTORY_DAYS, but not the entries; how many were emptied. Blocks."""
    before = (now or timezone.now()) - dt.timedelta(days=settings.HISTORY_DAYS)
    aged = Change.objects.filter(values__isnull=False, changed_at__lt=before)
    return aged.update(values=None)


def _refuse_unkept(at: dt.datetime) -> None:
    if timezone.is_naive(at):
        raise ValueError("the instant has no time zone; use an aware datetime")
    if at < timezone.now() - dt.timedelta(days=settings.HISTORY_DAYS):
        raise ValueError(
            f"values are kept for {settings.HISTORY_DAYS} days (HISTORY_DAYS); "
            "ask for a later instant"
        )


async def _page(
    course: CanvasCourse, at: dt.datetime, *, after: int
) -> dict[int, CanvasSubmission]:
    known = CanvasSubmission.objects.for_course(course).filter(
        first_seen_at__lte=at,
        pk__gt=after,
        canvas_id__isnull=False,
        assignment__canvas_id__isnull=False,
    )
    page = known.select_related("assignment").order_by("pk")[:_READ_SIZE]
    return {row.pk: row async for row in page}


async def _changes(pks: list[int]) -> dict[int, list[Change]]:
    """By row, the oldest first."""
    found: dict[int, list[Change]] = {}
    changes: QuerySet[Change] = Change.objects.filter(resource="submissions", row_id__in=pks)
    async for change in changes.order_by("pk").aiterator(chunk_size=2000):
        found.setdefault(change.row_id, []).append(change)
    return found


def _was_alive(row: CanvasSubmission, changes: list[Change], at: dt.datetime) -> bool:
    ends = [c for c in changes if c.kind in (Change.Kind.DELETED, Change.Kind.REVIVED)]
    before = [change for change in ends if change.changed_at <= at]
    if before:
        return before[-1].kind == Change.Kind.REVIVED
    if ends:
        return ends[0].kind == Change.Kind.DELETED
    return row.deleted_at is None or row.deleted_at > at


def _mark(row: CanvasSubmission, changes: list[Change], at: dt.datetime) -> Mark:
    """What is stored now, with what each later change says it replaced, the earliest last."""
    values = {name: getattr(row, name) for name in sorted(CanvasSubmission.remembered)}
    for change in reversed(changes):
        if change.changed_at > at:
            replaced = {name: old for name, (old, _new) in (change.values or {}).items()}
            values |= {name: _as_column(name, old) for name, old in replaced.items()}
    assert row.canvas_id is not None  # rows made here are not among them
    assert row.assignment.canvas_id is not None
    return Mark(
        submission=row.canvas_id,
        assignment=row.assignment.canvas_id,
        user_id=row.user_id,
        values=values,
    )


def _as_column(name: str, value: Any) -> Any:
    """JSON has no times."""
    return dt.datetime.fromisoformat(value) if value and name in _INSTANTS else value
