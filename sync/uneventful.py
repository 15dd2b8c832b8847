"""Whether anything of a course ends at all: mostly nothing does, and one look tells so.

Finds no row and ends none; that is the business of `closing`, table by table.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q

from sync.candidates import Candidates
from sync.course_rows import rows_of
from sync.tables import CLOSING, TABLES, Table
from sync.target import Target
from sync.unseen import anything_missed


def nothing_ends(candidates: Candidates, target: Target) -> bool:
    """True when every row was heard of, none missed before, and none outlived its parent. Blocks.

    Then going through the tables one by one would come to the same.
    """
    if candidates.missing or candidates.unheard or anything_missed(candidates.course, target):
        return False
    parents = (table for table in TABLES if any(_children(table)))
    return not any(_is_outlived(parent, candidates, target) for parent in parents)


def _is_outlived(parent: Table, candidates: Candidates, target: Target) -> bool:
    """Whether a row of the table has ended, and rows that end with it have not."""
    rows = rows_of(parent.model, candidates.course, integration=target.integration)
    ended = rows.filter(deleted_at__isnull=False)
    # What was seen is alive, or was ended since by somebody who ends its children, too.
    unseen = candidates.unseen.get(parent.name)
    if unseen is not None:
        ended = ended.filter(pk__in=unseen)
    return ended.filter(reduce(or_, map(_has_any, _children(parent)))).exists()


def _has_any(child: Table) -> Q:
    alive: Any = child.model.objects.live().filter(child.only, canvas_id__isnull=False)
    return Q(Exists(alive.filter(**{child.parent: OuterRef("pk")})))


def _children(parent: Table) -> Iterator[Table]:
    for table in CLOSING:
        if table.parent and table.model._meta.get_field(table.parent).related_model is parent.model:
            yield table
