"""GET /api/courses/<id>/: what a course has, counted (contract, section 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, JsonResponse

from canvas.models import CanvasAssignment, CanvasCourse, CanvasEnrollment
from canvas.models.aio import dbsession
from management.api.access import ApiView

Session = Callable[[], AbstractAsyncContextManager[Any]]


class CourseView(ApiView):
    """The overview of one course, by our primary key."""

    async def get(self, request: HttpRequest, course_id: str) -> JsonResponse:
        # What is no number is no course of ours; it must not end as Django's own page.
        course = await _find(int(course_id)) if _is_key(course_id) else None
        if course is None:
            return JsonResponse({"error": "Course not found"}, status=404)
        return JsonResponse(
            {
                "course": {"id": course.pk, "name": course.name, "code": course.course_code},
                "statistics": await course_statistics(course),
            }
        )


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19


async def _find(course_id: int) -> CanvasCourse | None:
    return await CanvasCourse.objects.filter(pk=course_id).afirst()


async def course_statistics(
    course: CanvasCourse, *, session: Session = dbsession
) -> dict[str, dict[str, int]]:
    """Counts of live rows: one query a table, at the same time, each on a session of its own.

    `active` is the stored state of an enrollment, `needs_grading` counts assignments.
    """
    enrollments, assignments = await asyncio.gather(
        _in(session, lambda: _count_enrollments(course)),
        _in(session, lambda: _count_assignments(course)),
    )
    return {"enrollments": enrollments, "assignments": assignments}


async def _in(session: Session, count: Callable[[], Awaitable[dict[str, int]]]) -> dict[str, int]:
    async with session():
        return await count()


async def _count_enrollments(course: CanvasCourse) -> dict[str, int]:
    return (
        await CanvasEnrollment.objects.for_course(course)
        .live()
        .aaggregate(
            total=Count("id"),
            active=Count("id", filter=Q(enrollment_state="active")),
        )
    )


async def _count_assignments(course: CanvasCourse) -> dict[str, int]:
    return (
        await CanvasAssignment.objects.for_course(course)
        .live()
        .aaggregate(
            total=Count("id"),
            published=Count("id", filter=Q(published=True)),
            needs_grading=Count("id", filter=Q(needs_grading_count__gt=0)),
        )
    )
