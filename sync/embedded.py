"""The rows that came inside of records, as the mirror holds them now.

Each is told by its table and Canvas's id: those of two tables may be the same. One whose relations
would be made otherwise today is told in no way a record could have had it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import connections

from canvas import models
from canvas.models.stored import among, live_children, parts_of
from sync.likeness import ASSESSMENTS, COMMENTS, embedded_key, no_embedded_key
from sync.tables import BY_NAME


class Embedded(NamedTuple):
    """`key` as `likeness` puts it into a mark."""

    table: str
    pk: int
    key: str


class _Assessment(NamedTuple):
    """`criterion`: the primary key it has; `today`: that which `place` would find now."""

    submission: int
    pk: int
    canvas_id: str
    criterion: int | None
    today: int | None


def embedded_in(pks: Sequence[int], *, alias: str) -> dict[int, list[Embedded]]:
    """Primary key of a submission → its live parts. Blocks."""
    found: dict[int, list[Embedded]] = {}
    comments = BY_NAME[COMMENTS]
    for parent, pk, key in live_children(comments.model, comments.parent, pks, alias=alias):
        found.setdefault(parent, []).append(Embedded(COMMENTS, pk, embedded_key(COMMENTS, key)))
    for one in _assessments(pks, alias):
        as_today = one.criterion == one.today
        named = embedded_key(ASSESSMENTS, one.canvas_id) if as_today else _OTHERWISE
        found.setdefault(one.submission, []).append(Embedded(ASSESSMENTS, one.pk, named))
    return found


_OTHERWISE = no_embedded_key(ASSESSMENTS)


def _assessments(pks: Sequence[int], alias: str) -> Iterator[_Assessment]:
    """With the criterion of their name in the rubric which the assignment has by now.

    The submissions are bounded, too: with stale statistics PostgreSQL could read all of them.
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
            cursor.execute(
                "SELECT own.submission_id, own.id, own.canvas_id, own.criterion_id, today.id"
                f" FROM {assessments} own"
                f" JOIN {submissions} submission ON submission.id = own.submission_id"
                f" JOIN {assignments} assignment ON assignment.id = submission.assignment_id"
                f" LEFT JOIN {criteria} today ON today.rubric_id = assignment.rubric_id"
                " AND today.canvas_id = own.canvas_id"
                f" WHERE {where} AND submission.id BETWEEN %s AND %s"
                " AND own.deleted_at IS NULL AND own.canvas_id IS NOT NULL",
                [*parameters, min(part), max(part)],
            )
            yield from (_Assessment(*row) for row in cursor.fetchall() if row[0] in part)
