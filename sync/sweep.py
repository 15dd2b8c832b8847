"""Children a payload listed in full, what it no longer has of them, and the one way rows end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from django.utils import timezone

from canvas.models import MirroredRow
from canvas.models.upsert import is_older
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
    parents: dict[str, dict[int, Row]] = {}
    for rows in placed.values():
        for one, pk in rows:
            for child in one.row.whole:
                parents.setdefault(child, {})[pk] = one.row
    missing: dict[str, list[int]] = {}
    for child, rows_by_pk in parents.items():
        present = {pk for _, pk in placed.get(child, ())}
        sure = {pk: row for pk, row in rows_by_pk.items() if pk not in unsure.get(child, ())}
        missing[child] = _missing(BY_NAME[child], sure, present)
    return missing


def _missing(table: Table, parents: Mapping[int, Row], present: set[int]) -> list[int]:
    missing: list[int] = []
    pks = list(parents)
    for start in range(0, len(pks), _SWEEP_SIZE):
        children = table.model._default_manager.filter(
            **{f"{table.parent}__in": pks[start : start + _SWEEP_SIZE]},
            deleted_at__isnull=True,
            canvas_id__isnull=False,
        )
        for pk, parent, read_at in children.values_list("pk", table.parent, "read_at"):
            # A child that a later answer told of is not missing from an earlier one.
            told_since = is_older({"read_at": parents[parent].read_at}, {"read_at": read_at})
            if pk not in present and not told_since:
                missing.append(pk)
    return missing


def tombstone(
    model: type[MirroredRow], pks: Sequence[int], *, read_at: dt.datetime | None = None
) -> dict[int, str | None]:
    """Mark live rows deleted: primary key → Canvas id of those that were alive until now.

    `read_at`: since when Canvas no longer has them, by its clock; an older answer does not revive
    them. Call it in a transaction. Blocks.
    """
    now = timezone.now()
    # changed_at too: "changed since" must show that the row ended.
    values = {"deleted_at": now, "changed_at": now} | ({"read_at": read_at} if read_at else {})
    ended: dict[int, str | None] = {}
    in_order = sorted(pks)  # as an upsert locks them: two of us never wait in a circle
    for start in range(0, len(in_order), _SWEEP_SIZE):
        live = model.objects.live().filter(pk__in=in_order[start : start + _SWEEP_SIZE])
        locked = live.select_for_update().order_by("pk").values("pk", "canvas_id")
        ended |= {row["pk"]: str(row["canvas_id"]) for row in locked.iterator()}
        live.update(**values)
    return ended
