"""Terms, courses and sections (canvas-api 4.2 to 4.4)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from canvas.models import columns
from canvas.models.mirrored import MirroredRow
from canvas.models.querysets import CourseQuerySet, SectionQuerySet, TermQuerySet


class CanvasTerm(MirroredRow):
    course_path: ClassVar[str] = ""

    name = columns.text()
    start_at = columns.instant()
    end_at = columns.instant()
    created_at = columns.instant()
    workflow_state = columns.text()
    grading_period_group_id = columns.canvas_id()
    sis_term_id = columns.text()
    sis_import_id = columns.canvas_id()
    overrides = columns.document()

    objects: ClassVar = TermQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass


class CanvasCourse(MirroredRow):
    """A course. `name` is the real one: a nickname of the token's user is kept in `extra`."""

    course_path: ClassVar[str] = "pk"
    volatile: ClassVar[frozenset[str]] = frozenset({"enrollments", "permissions"})
    remembered: ClassVar[frozenset[str]] = frozenset({"workflow_state"})

    term = models.ForeignKey(
        CanvasTerm, on_delete=models.SET_NULL, null=True, blank=True, related_name="courses"
    )
    enrollment_term_id = columns.canvas_id()
    account_id = columns.canvas_id(index=True)
    root_account_id = columns.canvas_id()
    uuid = columns.text()
    name = columns.text()
    original_name = columns.text()
    course_code = columns.text()
    workflow_state = columns.text()
    created_at = columns.instant()
    start_at = columns.instant()
    end_at = columns.instant()
    time_zone = columns.text()
    locale = columns.text()
    default_view = columns.text()
    grading_standard_id = columns.canvas_id()
    grade_passback_setting = columns.text()
    is_public = columns.flag()
    is_public_to_auth_users = columns.flag()
    public_syllabus = columns.flag()
    public_syllabus_to_auth = columns.flag()
    apply_assignment_group_weights = columns.flag()
    hide_final_grades = columns.flag()
    restrict_enrollments_to_course_dates = columns.flag()
    blueprint = columns.flag()
    template = columns.flag()
    homeroom_course = columns.flag()
    friendly_name = columns.text()
    course_color = columns.text()
    storage_quota_mb = columns.number()
    sis_course_id = columns.text()
    sis_import_id = columns.canvas_id()
    total_students = columns.whole()
    concluded = columns.flag()
    access_restricted_by_date = columns.flag()

    objects: ClassVar = CourseQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass


class CanvasSection(MirroredRow):
    course = models.ForeignKey(CanvasCourse, on_delete=models.CASCADE, related_name="sections")
    name = columns.text()
    nonxlist_course_id = columns.canvas_id()
    start_at = columns.instant()
    end_at = columns.instant()
    restrict_enrollments_to_section_dates = columns.flag()
    sis_section_id = columns.text()
    sis_course_id = columns.text()
    sis_import_id = columns.canvas_id()
    created_at = columns.instant()
    total_students = columns.whole()

    objects: ClassVar = SectionQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass
