"""What is asked of submissions, their comments and assessments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Q

from canvas.models.querysets.mirror import MirrorQuerySet
from canvas.models.querysets.parents import key_of

if TYPE_CHECKING:
    from canvas.models.assignments import CanvasAssignment
    from canvas.models.people import CanvasUser

_Row = TypeVar("_Row", bound=models.Model)

GRADED = Q(workflow_state="graded")
LATE, MISSING = Q(late=True), Q(missing=True)
# Canvas's own rule (`Submission.needs_grading_conditions`, app/models/submission.rb).
WAITING = (
    Q(submission_type__isnull=False)
    & (Q(excused=False) | Q(excused__isnull=True))
    & (
        Q(workflow_state="pending_review")
        | Q(workflow_state__in=("submitted", "graded"), score__isnull=True)
        | Q(
            workflow_state__in=("submitted", "graded"),
            grade_matches_current_submission=False,
        )
    )
)


class SubmissionQuerySet(MirrorQuerySet[_Row]):
    """One row for each student and assignment, placeholders of work never handed in included.

    New Quizzes are rows like all others: their scores arrive here (canvas-api 4.15).
    """

    def for_assignment(self, assignment: CanvasAssignment | int) -> Self:
        return self.filter(assignment=key_of(assignment, of="CanvasAssignment"))

    def for_student(self, student: CanvasUser | int) -> Self:
        """Work of one person; not what Canvas hides for anonymous grading (trap 58)."""
        return self.filter(student=key_of(student, of="CanvasUser"))

    def with_student_info(self) -> Self:
        """`submission.student` asks nothing more, in the same query; None where it is hidden."""
        return self.select_related("student")

    def graded(self) -> Self:
        """`workflow_state` graded: a grade stands. Excused work is graded, without a score.

        Work handed in again is `submitted` again, though `score` keeps the old mark
        (canvas-api 4.12, trap 57): it is ungraded, and `needs_grading()` finds it.
        """
        return self.filter(GRADED)

    def ungraded(self) -> Self:
        """All that `graded()` leaves out: handed in, in review, never handed in, state unknown."""
        return self.exclude(GRADED)

    def needs_grading(self) -> Self:
        """Handed in and waiting for a person: no score yet, a newer attempt, or in review.

        Excused work and placeholders do not wait. The same rule as Canvas's to-do list, which
        besides counts active students only.
        """
        return self.filter(WAITING)

    def late(self) -> Self:
        """Handed in late, or marked late by hand; Canvas's flag as of the last sync (4.12)."""
        return self.filter(LATE)

    def missing(self) -> Self:
        """Due, expected and not handed in, or marked missing by hand.

        Canvas's flag as of the last sync: it flips with the clock, without any change (trap 51).
        """
        return self.filter(MISSING)


class SubmissionPartQuerySet(MirrorQuerySet[_Row]):
    """Comments and rubric assessments: rows that hang on one submission."""

    def for_assignment(self, assignment: CanvasAssignment | int) -> Self:
        return self.filter(submission__assignment=key_of(assignment, of="CanvasAssignment"))

    def for_student(self, student: CanvasUser | int) -> Self:
        """What was said about one person's work, not by them."""
        return self.filter(submission__student=key_of(student, of="CanvasUser"))
