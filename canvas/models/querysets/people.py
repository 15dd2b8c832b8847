"""What is asked of people and their enrollments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Q

from canvas.models.querysets.mirror import MirrorQuerySet
from canvas.models.querysets.parents import children, key_of

if TYPE_CHECKING:
    from canvas.models.people import CanvasEnrollment, CanvasUser
    from canvas.models.submissions import CanvasSubmission

_Row = TypeVar("_Row", bound=models.Model)


def _of_base_type(name: str) -> Q:
    return Q(type=name) | Q(type__isnull=True, role=name)


ACTIVE = Q(enrollment_state="active")
STUDENTS, TEACHERS = _of_base_type("StudentEnrollment"), _of_base_type("TeacherEnrollment")


class UserQuerySet(MirrorQuerySet[_Row]):
    def with_enrollments(self, rows: models.QuerySet[CanvasEnrollment] | None = None) -> Self:
        """`user.enrollments.all()` and `enrollment.course` ask nothing more: 2 queries in all.

        Every state and deleted rows are there unless `rows` narrows them.
        """
        return self.prefetch_related(
            children(self.model, "enrollments", rows=rows, with_parent="course")
        )

    def with_submissions(self, rows: models.QuerySet[CanvasSubmission] | None = None) -> Self:
        """`user.submissions.all()` and `submission.assignment` ask nothing more: 2 queries in all.

        Placeholders and deleted rows are there unless `rows` narrows them.
        """
        return self.prefetch_related(
            children(self.model, "submissions", rows=rows, with_parent="assignment")
        )


class EnrollmentQuerySet(MirrorQuerySet[_Row]):
    """Rows are enrollments, not people: two sections or two roles make two rows (trap 31)."""

    def active(self) -> Self:
        """`enrollment_state` active: accepted, not concluded, not suspended.

        The stored state; the dates of term, course and section may say otherwise, and a course
        that is deleted makes it `deleted` (canvas-api 4.6, trap 37).
        """
        return self.filter(ACTIVE)

    def students_only(self) -> Self:
        """Students, custom roles built on the student role included, the test student not.

        `type` is the base type of every role (canvas-api 4.6); a row made here with `role` alone
        counts by that. The test student is a `StudentViewEnrollment` (trap 33).
        """
        return self.filter(STUDENTS)

    def teachers_only(self) -> Self:
        """Teachers, custom roles built on the teacher role included; TAs and designers not.

        Source: canvas-api 4.6, as for `students_only`.
        """
        return self.filter(TEACHERS)

    def for_student(self, student: CanvasUser | int) -> Self:
        """Enrollments of one person, in whatever role."""
        return self.filter(student=key_of(student, of="CanvasUser"))

    def with_student_info(self) -> Self:
        """`enrollment.student` asks nothing more, in the same query; None where nobody is known."""
        return self.select_related("student")
