"""Children a payload listed in full, what it no longer has of them, and the one way rows end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from django.db.models import Model
from django.utils import timezone

from sync.tables import BY_NAME, Table
from sync.transform.rows import Row

_SWEEP_SIZE = 900


class HasRow(Protocol):
    @property
    def row(self) -> Row: ...


def sweep(
    placed: Mapping[str, Sequence[tuple[HasRow, int]]],
    *,
    unsure: Mapping[str, Collection[int]],
) -> dict[str, list[int]]:
    """Child table → live rows which their parents no longer list; nothing is ended here.

    Shape: `placed` is table → the rows just written with their primary keys. Only parents whose
    payload said that it holds every child (`Row.whole`) are looked at, and none that `unsure` names
    (child table → primary keys): a child of theirs was listed and could not be written.
    """
    parents: dict[str, list[int]] = {}
    for rows in placed.values():
        for one, pk in rows:
            for child in one.row.whole:
                parents.setdefault(child, []).append(pk)
    missing: dict[str, list[int]] = {}
    for child, pks in parents.items():
        present = {pk for _, pk in placed.get(child, ())}
        sure = [pk for pk in pks if pk not in unsure.get(child, ())]
        missing[child] = _missing(BY_NAME[child], sure, present)
    return missing


def _missing(table: Table, parents: list[int], present: set[int]) -> list[int]:
    missing: list[int] = []
    for start in range(0, len(parents), _SWEEP_SIZE):
        children = table.model._default_manager.filter(
            **{f"{table.parent}__in": parents[start : start + _SWEEP_SIZE]},
            deleted_at__isnull=True,
            canvas_id__isnull=False,
        )
        missing += [pk for pk in children.values_list("pk", flat=True) if pk not in present]
    return missing


def tombstone(model: type[Model], pks: Sequence[int]) -> int:
    """Mark live rows deleted; how many there were."""
    now = timezone.now()
    ended = 0
    for start in range(0, len(pks), _SWEEP_SIZE):
        ended += (
            model._default_manager.filter(
                pk__in=pks[start : start + _SWEEP_SIZE], deleted_at__isnull=True
            )
            # changed_at too: "changed since" must show that the row ended.
            .update(deleted_at=now, changed_at=now)
        )
    return ended
