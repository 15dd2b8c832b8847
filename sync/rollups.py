"""What the rows of a course add up to, kept beside them so that a list of courses is one query."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasSubmission,
)
from canvas.models.querysets.people import ACTIVE, STUDENTS, TEACHERS
from canvas.models.querysets.submissions import GRADED, LATE, MISSING, WAITING
from sync.crashpoints import crashpoint
from sync.fence import Fence, fenced
from sync.models import CourseRollup

_NOBODY = -1  # all whom Canvas does not name are one


async def roll_up(course: int, *, integration: int, fence: Fence | None = None) -> None:
    """Bring the `CourseRollup` of a course up to date; writes only what differs.

    `course` is Canvas's id of it. A course the mirror does not have is left alone.
    """
    async with fenced(fence):
        if not await sync_to_async(_roll_up)(course, integration):
            return
        crashpoint("rollup.before_commit")
    crashpoint("rollup.after_commit")


def _roll_up(course: int, integration: int) -> bool:
    """Whether there is such a course."""
    mine = CanvasCourse.objects.filter(integration=integration, canvas_id=course)
    pk = mine.values_list("pk", flat=True).first()
    if pk is None:
        return False
    totals = _people(pk) | _assignments(pk) | _work(pk)
    if CourseRollup.objects.filter(course=pk).values(*totals).first() != totals:
        CourseRollup.objects.update_or_create(
            course_id=pk, defaults={**totals, "changed_at": timezone.now()}
        )
    return True


def _people(course: int) -> dict[str, int]:
    def persons(who: Q) -> Count:
        return Count(Coalesce("user_id", _NOBODY), distinct=True, filter=ACTIVE & who)

    return (
        CanvasEnrollment.objects.live()
        .for_course(course)
        .aggregate(
            students=persons(STUDENTS),
            teachers=persons(TEACHERS),
            enrollments=Count("pk"),
            active_enrollments=Count("pk", filter=ACTIVE),
        )
    )


def _assignments(course: int) -> dict[str, int]:
    published = Count("pk", filter=Q(published=True))
    rows = CanvasAssignment.objects.live().for_course(course)
    return rows.aggregate(assignments=Count("pk"), published_assignments=published)


def _work(course: int) -> dict[str, int]:
    """Of the submissions, which are many and wide: all is counted in one walk over them."""
    return (
        CanvasSubmission.objects.live()
        .for_course(course)
        .aggregate(
            submissions=Count("pk"),
            graded_submissions=Count("pk", filter=GRADED),
            submissions_to_grade=Count("pk", filter=WAITING),
            late_submissions=Count("pk", filter=LATE),
            missing_submissions=Count("pk", filter=MISSING),
        )
    )
