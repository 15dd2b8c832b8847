"""What is asked of assignments, their overrides, quizzes and rubrics."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.utils import timezone

from canvas.models.querysets.mirror import MirrorQuerySet
from canvas.models.querysets.parents import children, key_of

if TYPE_CHECKING:
    from canvas.models.assignments import CanvasAssignment
    from canvas.models.submissions import CanvasSubmission

_Row = TypeVar("_Row", bound=models.Model)


class DatedQuerySet(MirrorQuerySet[_Row]):
    """Rows with `due_at`. Without a date nothing is due: such a row is neither soon nor overdue.

    "Now" is when the method is called, by the clock of this process.
    """

    def due_soon(self, days: float = 7) -> Self:
        """Due from now to `days` from now, both ends included.

        Of an assignment or a quiz that is the date for everyone; other dates of single students
        and sections are rows of CanvasAssignmentOverride (canvas-api 4.8, traps 40 to 42).
        Raises ValueError for negative `days`.
        """
        if days < 0:
            raise ValueError(f"due_soon(days={days}): days look ahead; for the past use overdue()")
        now = timezone.now()
        return self.filter(due_at__gte=now, due_at__lte=now + dt.timedelta(days=days))

    def overdue(self) -> Self:
        """Due before now, handed in or not: who still owes work is `submissions.missing()`."""
        return self.filter(due_at__lt=timezone.now())


class AssignmentQuerySet(DatedQuerySet[_Row]):
    def published(self) -> Self:
        """Canvas's flag `published`; states on the way there count as no (trap 66)."""
        return self.filter(published=True)

    def needs_grading(self) -> Self:
        """Assignments of which Canvas counts work that waits for a grade.

        `needs_grading_count` as of the last sync: work of active students only, and null when
        the token may not grade (canvas-api 4.8).
        """
        return self.filter(needs_grading_count__gt=0)

    def with_submissions(self, rows: models.QuerySet[CanvasSubmission] | None = None) -> Self:
        """`assignment.submissions.all()` and `submission.student` ask nothing more: 2 queries.

        Placeholders and deleted rows are there unless `rows` narrows them.
        """
        return self.prefetch_related(
            children(self.model, "submissions", rows=rows, with_parent="student")
        )


class OverrideQuerySet(DatedQuerySet[_Row]):
    """`due_at` counts where the override sets it; one it inherits is null here (trap 41)."""

    def for_assignment(self, assignment: CanvasAssignment | int) -> Self:
        return self.filter(assignment=key_of(assignment, of="CanvasAssignment"))


class QuizQuerySet(DatedQuerySet[_Row]):
    """Quizzes of both engines; practice quizzes and surveys have no assignment (trap 69)."""

    def published(self) -> Self:
        """Canvas's flag `published`."""
        return self.filter(published=True)

    def for_assignment(self, assignment: CanvasAssignment | int) -> Self:
        """The quiz that is this assignment, classic or new (canvas-api 4.15)."""
        return self.filter(assignment=key_of(assignment, of="CanvasAssignment"))

    def needs_grading(self) -> Self:
        """Quizzes whose assignment has work that waits for a grade, as AssignmentQuerySet says."""
        return self.filter(assignment__needs_grading_count__gt=0)


class RubricQuerySet(MirrorQuerySet[_Row]):
    def for_assignment(self, assignment: CanvasAssignment | int) -> Self:
        """The rubric the assignment is assessed with."""
        return self.filter(assignments=key_of(assignment, of="CanvasAssignment"))
