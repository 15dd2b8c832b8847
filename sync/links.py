"""Parents: from the id a payload names to our primary key, one query per relation and batch."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from canvas.models import CanvasSubmission
from sync.tables import Link
from sync.transform.rows import Ref

# Too many to remember, and only the batch that wrote them asks for them.
_NOT_KEPT: frozenset[type] = frozenset({CanvasSubmission})
_LOOKUP_SIZE = 900


class LinkIndex:
    """Remembers the parents found in one run; an unknown one is looked for again each time."""

    def __init__(self, integration: int) -> None:
        self._integration = integration
        self._known: dict[tuple[type, tuple[str, ...]], dict[Ref, int]] = {}

    def resolve(self, link: Link, refs: Collection[Ref]) -> dict[Ref, int]:
        """Reference → primary key; parents the mirror does not have are left out."""
        known = self._known.setdefault((link.model, link.by), {})
        if link.model in _NOT_KEPT:
            known = {}
        unknown = [ref for ref in dict.fromkeys(refs) if ref not in known]
        for start in range(0, len(unknown), _LOOKUP_SIZE):
            known |= self._look_up(link, unknown[start : start + _LOOKUP_SIZE])
        return known

    def forget(self) -> None:
        """After a transaction that did not commit: what it wrote is not there."""
        self._known.clear()

    def _look_up(self, link: Link, refs: list[Ref]) -> dict[Ref, int]:
        rows = link.model._default_manager.filter(
            _matching(link.by, refs), integration_id=self._integration
        ).values_list(*link.by, "pk")
        found: dict[Ref, int] = {}
        for *key, pk in rows.order_by("pk"):
            found[key[0] if len(key) == 1 else tuple(key)] = pk
        return found


def _matching(by: tuple[str, ...], refs: list[Any]) -> Q:
    if len(by) == 1:
        return Q(**{f"{by[0]}__in": refs})
    # Few distinct first parts (a rubric, an assignment), several second parts each.
    groups: dict[Any, list[Any]] = {}
    for first, second in refs:
        groups.setdefault(first, []).append(second)
    return reduce(
        or_,
        (Q(**{by[0]: first, f"{by[1]}__in": rest}) for first, rest in groups.items()),
    )
