"""People and their enrollments (canvas-api 4.5 and 4.6)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from canvas.models import columns
from canvas.models.course import CanvasCourse, CanvasSection
from canvas.models.mirrored import MirroredRow
from canvas.models.querysets import EnrollmentQuerySet, UserQuerySet


class CanvasUser(MirroredRow):
    course_path: ClassVar[str] = ""

    name = columns.text()
    sortable_name = columns.text()
    short_name = columns.text()
    created_at = columns.instant()
    sis_user_id = columns.text()
    sis_import_id = columns.canvas_id()
    login_id = columns.text()
    email = columns.text()
    avatar_url = columns.text()
    last_login = columns.instant()
    time_zone = columns.text()
    locale = columns.text()
    pronouns = columns.text()
    uuid = columns.text()
    merged_into_user_id = columns.canvas_id()

    objects: ClassVar = UserQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass


class CanvasEnrollment(MirroredRow):
    """One enrollment row: a person with two sections or two roles has two (trap 31).

    `enrollment_state` is Canvas's stored state, `deleted` included; `deleted_at` says that Canvas
    no longer lists the row at all. The numbers of `grades` also stand in columns of their own.
    """

    remembered: ClassVar[frozenset[str]] = frozenset(
        {"enrollment_state", "current_score", "current_grade", "final_score", "final_grade"}
    )

    payload_hash = columns.payload_hash()
    course = models.ForeignKey(CanvasCourse, on_delete=models.CASCADE, related_name="enrollments")
    section = models.ForeignKey(
        CanvasSection,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="enrollments",
    )
    student = models.ForeignKey(
        CanvasUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="enrollments"
    )
    user_id = columns.canvas_id(index=True)
    course_section_id = columns.canvas_id()
    root_account_id = columns.canvas_id()
    associated_user_id = columns.canvas_id()
    type = columns.text()
    role = columns.text()
    role_id = columns.canvas_id()
    enrollment_state = columns.text()
    limit_privileges_to_course_section = columns.flag()
    created_at = columns.instant()
    updated_at = columns.instant()
    start_at = columns.instant()
    end_at = columns.instant()
    last_activity_at = columns.instant()
    last_attended_at = columns.instant()
    total_activity_time = columns.whole()
    html_url = columns.text()
    sis_account_id = columns.text()
    sis_course_id = columns.text()
    sis_section_id = columns.text()
    sis_user_id = columns.text()
    sis_import_id = columns.canvas_id()
    current_score = columns.number()
    current_grade = columns.text()
    final_score = columns.number()
    final_grade = columns.text()
    grades = columns.document()

    objects: ClassVar = EnrollmentQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        indexes = [
            models.Index(
                fields=["course", "type", "enrollment_state"], name="enrollment_course_type"
            )
        ]
