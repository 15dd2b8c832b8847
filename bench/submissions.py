"""Submission rows of all columns, and the least work a database can do for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction

from canvas.models import CanvasAssignment, CanvasCourse, CanvasIntegration, CanvasSubmission
from canvas.models.stored import Key, Row, read_hashes
from canvas.models.upsert.decision import Writing
from canvas.models.upsert.values import as_cells

BATCH = 1000
_TERM_BEGAN = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
_OWN = {"content_hash": "0" * 32, "first_seen_at": _TERM_BEGAN, "changed_at": _TERM_BEGAN}


class Gradebook:
    """Makes the rows of one assignment. `every` n-th one differs from what `new` says."""

    def __init__(self) -> None:
        self.integration = CanvasIntegration.objects.create(
            name="bench", base_url="https://bench.example.edu"
        )
        course = CanvasCourse.objects.create(integration=self.integration, canvas_id=1)
        self.assignment = CanvasAssignment.objects.create(
            integration=self.integration, canvas_id=1, course=course
        )

    def rows(self, count: int, *, every: int = 0, turn: int = 0) -> list[Row]:
        return [self._row(n, turn=turn if every and n % every == 0 else 0) for n in range(count)]

    def _row(self, number: int, *, turn: int) -> Row:
        handed_in = _TERM_BEGAN + dt.timedelta(seconds=number)
        score = number % 100 / 2
        return {
            "integration_id": self.integration.pk,
            "canvas_id": 115370000000000000 + number,
            "assignment_id": self.assignment.pk,
            "student_id": None,
            "user_id": 115370000000500000 + number,
            "anonymous_id": f"{number:05x}",
            "workflow_state": "graded",
            "submission_type": "online_upload",
            "attempt": 1 + turn,
            "submitted_at": handed_in,
            "score": score + turn,
            "grade": str(score),
            "entered_score": score,
            "entered_grade": str(score),
            "points_deducted": 0.0,
            "graded_at": handed_in + dt.timedelta(days=2),
            "grader_id": 4711,
            "grade_matches_current_submission": True,
            "excused": False,
            "posted_at": handed_in + dt.timedelta(days=3),
            "late": number % 7 == 0,
            "missing": False,
            "seconds_late": 0,
            "late_policy_status": None,
            "custom_grade_status_id": None,
            "cached_due_date": _TERM_BEGAN + dt.timedelta(days=14),
            "grading_period_id": 3,
            "extra_attempts": None,
            "redo_request": False,
            "body": f"<p>Answer {number}: the cell divides, and then it divides again.</p>",
            "url": None,
            "attachments": [{"id": number, "filename": "essay.pdf", "size": 48_211}],
            "extra": {"preview_url": f"https://bench.example.edu/submissions/{number}"},
            "read_at": _TERM_BEGAN + dt.timedelta(days=30, seconds=turn),
        }


def batches(rows: list[Row]) -> list[list[Row]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def empty_table() -> None:
    """As new, without the dead rows of what was there before."""
    table = connection.ops.quote_name(CanvasSubmission._meta.db_table)
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE" if postgres else f"DELETE FROM {table}")


def settle() -> None:
    """What a server does by itself within a minute or so."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def bare_insert(rows: list[Row]) -> None:
    """The floor of a new row: straight into the table, nothing looked up, nothing answered."""
    columns = [c for c in CanvasSubmission._meta.concrete_fields if not c.primary_key]
    names = ", ".join(connection.ops.quote_name(str(column.column)) for column in columns)
    table = connection.ops.quote_name(CanvasSubmission._meta.db_table)
    for batch in batches(rows):
        created: dict[Key, Row] = {(row["canvas_id"],): row | _OWN for row in batch}
        writing = Writing(model=CanvasSubmission, alias="default", columns=columns, created=created)
        with transaction.atomic(), connection.cursor() as cursor:
            ready = list(zip(*as_cells(writing, connection), strict=True))
            _insert(cursor, f"{table} ({names})", ready)


def _insert(cursor: Any, target: str, rows: list[tuple[Any, ...]]) -> None:
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {target} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        values = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {target} VALUES ({values})", rows)


def hash_read(rows: list[Row]) -> None:
    """The floor of an unchanged row: its hash, read and looked at by nobody."""
    for batch in batches(rows):
        keys = [(row["integration_id"], row["canvas_id"]) for row in batch]
        with transaction.atomic():
            read_hashes(CanvasSubmission, keys, "default")
