"""The rows that came inside of records, as the mirror holds them now.

Each is told by its table and Canvas's id: those of two tables may be the same. One whose relations
would be made otherwise today is told in no way a record could have had it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from django.db import connections

from canvas import models
from canvas.models.stored import among, live_children, parts_of
from sync.likeness import EMBEDDED, embedded_key
from sync.tables import BY_NAME

_COMMENTS, _ASSESSMENTS = EMBEDDED
_OTHERWISE: Final = "related otherwise"


class Embedded(NamedTuple):
    """`key` as `likeness` puts it into a mark."""

    table: str
    pk: int
    key: str


def embedded_in(pks: Sequence[int], *, alias: str) -> dict[int, list[Embedded]]:
    """Primary key of a submission → its live parts. Blocks."""
    found: dict[int, list[Embedded]] = {}
    comments = BY_NAME[_COMMENTS]
    for parent, pk, key in live_children(comments.model, comments.parent, pks, alias=alias):
        own = Embedded(_COMMENTS, pk, embedded_key(_COMMENTS, key))
        found.setdefault(parent, []).append(own)
    for parent, pk, key, is_related in _assessments(pks, alias):
        named = embedded_key(_ASSESSMENTS, key if is_related else _OTHERWISE)
        found.setdefault(parent, []).append(Embedded(_ASSESSMENTS, pk, named))
    return found


def _assessments(pks: Sequence[int], alias: str) -> Iterator[tuple[Any, ...]]:
    """Primary key of the submission, own primary key, Canvas id, whether it has its criterion.

    That is the one `place` would find today, in the rubric which the assignment has by now. The
    submissions are bounded, too: with stale statistics PostgreSQL could read all of them.
    """
    connection = connections[alias]
    assessments, submissions, assignments, criteria = (
        connection.ops.quote_name(model._meta.db_table)
        for model in (
            models.CanvasRubricAssessment,
            models.CanvasSubmission,
            models.CanvasAssignment,
            models.CanvasRubricCriterion,
        )
    )
    with connection.cursor() as cursor:
        for part in parts_of(pks, connection):
            where, parameters = among("own.submission_id", part, connection)
            bounds = [min(part), max(part)]
            cursor.execute(
                "SELECT own.submission_id, own.id, own.canvas_id,"
                " criterion.rubric_id = assignment.rubric_id"
                " AND criterion.canvas_id = own.canvas_id"
                f" FROM {assessments} own"
                f" JOIN {submissions} submission ON submission.id = own.submission_id"
                f" JOIN {assignments} assignment ON assignment.id = submission.assignment_id"
                f" LEFT JOIN {criteria} criterion ON criterion.id = own.criterion_id"
                f" WHERE {where} AND submission.id BETWEEN %s AND %s"
                " AND own.deleted_at IS NULL AND own.canvas_id IS NOT NULL",
                [*parameters, *bounds],
            )
            yield from (row for row in cursor.fetchall() if row[0] in part)
