"""What the rows of a course add up to, kept beside them so that a list of courses is one query."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasSubmission,
)
from canvas.models.querysets.submissions import GRADED, LATE, MISSING, WAITING
from sync.crashpoints import crashpoint
from sync.models import CourseRollup


async def roll_up(course: int, *, integration: int) -> None:
    """Bring the `CourseRollup` of a course up to date; writes only what differs.

    `course` is Canvas's id of it. A course the mirror does not have is left alone.
    """
    async with transaction.atomic():
        row = await CanvasCourse.objects.filter(integration=integration, canvas_id=course).afirst()
        if row is None:
            return
        totals = await _totals(row)
        stored = await CourseRollup.objects.filter(course=row).values(*totals).afirst()
        if stored != totals:
            await CourseRollup.objects.aupdate_or_create(
                course=row, defaults={**totals, "changed_at": timezone.now()}
            )
        crashpoint("rollup.before_commit")
    crashpoint("rollup.after_commit")


async def _totals(course: CanvasCourse) -> dict[str, int]:
    enrollments = CanvasEnrollment.objects.live().for_course(course)
    active = enrollments.active()
    assignments = CanvasAssignment.objects.live().for_course(course)
    return {
        "students": await active.students_only().values("user_id").distinct().acount(),
        "teachers": await active.teachers_only().values("user_id").distinct().acount(),
        "enrollments": await enrollments.acount(),
        "active_enrollments": await active.acount(),
        "assignments": await assignments.acount(),
        "published_assignments": await assignments.published().acount(),
        **await _work(course),
    }


async def _work(course: CanvasCourse) -> dict[str, int]:
    """Of the submissions, which are many and wide: all is counted in one walk over them."""
    return (
        await CanvasSubmission.objects.live()
        .for_course(course)
        .aaggregate(
            submissions=Count("pk"),
            graded_submissions=Count("pk", filter=GRADED),
            submissions_to_grade=Count("pk", filter=WAITING),
            late_submissions=Count("pk", filter=LATE),
            missing_submissions=Count("pk", filter=MISSING),
        )
    )
