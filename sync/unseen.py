"""Rows that a complete listing did not have, and that nobody could be asked about: remembered.

The second complete listing without them ends them; being seen again forgets them.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from canvas.models.stored import in_parts
from sync.models import Unseen
from sync.target import Target

_SIZE = 900


def missed_before(table: str, course: int, target: Target) -> set[int]:
    """Primary keys of rows that an earlier run missed. `course` is Canvas's id. Blocks."""
    earlier = _of(table, course, target).exclude(run=target.run)
    return set(earlier.values_list("row_id", flat=True))


def anything_missed(course: int, target: Target) -> bool:
    """Whether anything of the course is remembered, of whatever table. Blocks."""
    return Unseen.objects.filter(integration=target.integration, course=course).exists()


def remember(
    table: str, course: int, *, missed: Collection[int], settled: Collection[int], target: Target
) -> None:
    """Of rows by primary key: note those `missed`, forget those `settled` or seen in this run.

    Call it in the transaction that closes the table. A rehearsal remembers nothing. Blocks.
    """
    if target.run is None:
        return
    known, seen = _of(table, course, target), target.census.of(table).seen
    pks = known.values_list("row_id", flat=True)
    for part in in_parts([pk for pk in pks if pk in seen or pk in settled], _SIZE):
        known.filter(row_id__in=part).delete()
    rows = [
        Unseen(
            integration_id=target.integration,
            course=course,
            table=table,
            row_id=pk,
            run_id=target.run,
        )
        for pk in sorted(missed)
    ]
    if rows:
        Unseen.objects.bulk_create(rows, batch_size=_SIZE, ignore_conflicts=True)


def _of(table: str, course: int, target: Target) -> QuerySet[Unseen]:
    return Unseen.objects.filter(integration=target.integration, course=course, table=table)
