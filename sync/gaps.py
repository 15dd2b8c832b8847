"""Rows that a run has not seen, found by the gaps between those it has: nobody reads what is known.

Only a saving: whoever asks looks at what comes of it once more, by the census itself.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Value

from canvas.models import MirroredRow
from sync.rowset import RowSet

# Of fewer rows every key is read as fast.
_MANY: Final = 5000
_FEW: Final = 400  # with some hundred other parameters below the 999 that an older SQLite takes
_MOST_STRETCHES: Final = 16


def few_unseen(model: type[MirroredRow], seen: RowSet) -> list[int] | None:
    """Primary keys of all rows of a table, whatever their course, that are not in `seen`. Blocks.

    None when they are many, or finding them saves nothing.
    """
    stretches = _stretches(seen)
    known = sum(last - first + 1 for first, last in stretches)
    if not stretches or len(seen) - known > _FEW:
        return None
    rows = model._default_manager.filter(_outside(stretches, "pk")).values_list("pk", flat=True)
    # Most of the table may be another course's: no more is read than shows that.
    found = list(rows[: _FEW + 1])
    return [pk for pk in found if pk not in seen] if len(found) <= _FEW else None


def passing_over(rows: QuerySet[Any], seen: RowSet) -> QuerySet[Any]:
    """Without most of the `rows` that were seen, which then need not come over to us."""
    stretches = _stretches(seen)
    if not stretches:
        return rows
    # Not by the index of the key: with stale statistics PostgreSQL would walk all other courses.
    fewer: QuerySet[Any] = rows.alias(key=F("pk") + Value(0)).filter(_outside(stretches, "key"))
    return fewer


def _stretches(seen: RowSet) -> list[tuple[int, int]]:
    return seen.stretches(_MOST_STRETCHES) if len(seen) >= _MANY else []


def _outside(stretches: list[tuple[int, int]], key: str) -> Q:
    gaps = Q(**{f"{key}__lt": stretches[0][0]}) | Q(**{f"{key}__gt": stretches[-1][1]})
    for (_, before), (after, _) in pairwise(stretches):
        gaps |= Q(**{f"{key}__gt": before, f"{key}__lt": after})
    return gaps
