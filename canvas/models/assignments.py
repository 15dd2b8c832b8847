"""Assignment groups, assignments and their overrides (canvas-api 4.7 to 4.9)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from canvas.models import columns
from canvas.models.course import CanvasCourse, CanvasSection
from canvas.models.groups import CanvasGroup
from canvas.models.mirrored import MirroredRow
from canvas.models.querysets import AssignmentQuerySet, OverrideQuerySet
from canvas.models.rubrics import CanvasRubric


class CanvasAssignmentGroup(MirroredRow):
    course = models.ForeignKey(
        CanvasCourse, on_delete=models.CASCADE, related_name="assignment_groups"
    )
    name = columns.text()
    position = columns.whole()
    group_weight = columns.number()
    sis_source_id = columns.text()
    integration_data = columns.document()
    rules = columns.document()

    class Meta(MirroredRow.Meta):
        pass


class CanvasAssignment(MirroredRow):
    """An assignment with its base ("everyone") dates; `overrides` hold the exceptions (trap 40)."""

    quiet: ClassVar[frozenset[str]] = frozenset({"needs_grading_count"})
    remembered: ClassVar[frozenset[str]] = frozenset(
        {"workflow_state", "published", "points_possible"}
    )
    # canvas-api 4.8, "for hashing leave out".
    volatile: ClassVar[frozenset[str]] = frozenset(
        [
            "secure_params",
            "url",
            "lock_info",
            "lock_explanation",
            "locked_for_user",
            "submission",
            "can_duplicate",
            "submissions_download_url",
            "unpublishable",
            "needs_grading_count_by_section",
        ]
    )

    course = models.ForeignKey(CanvasCourse, on_delete=models.CASCADE, related_name="assignments")
    assignment_group = models.ForeignKey(
        CanvasAssignmentGroup,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assignments",
    )
    rubric = models.ForeignKey(
        CanvasRubric, on_delete=models.SET_NULL, null=True, blank=True, related_name="assignments"
    )
    name = columns.text()
    description = columns.prose()
    created_at = columns.instant()
    updated_at = columns.instant()
    due_at = columns.instant(index=True)
    unlock_at = columns.instant()
    lock_at = columns.instant()
    points_possible = columns.number()
    grading_type = columns.text()
    grading_standard_id = columns.canvas_id()
    submission_types = columns.document()
    position = columns.whole()
    workflow_state = columns.text()
    published = columns.flag()
    only_visible_to_overrides = columns.flag()
    has_submitted_submissions = columns.flag()
    graded_submissions_exist = columns.flag()
    has_overrides = columns.flag()
    needs_grading_count = columns.whole()
    group_category_id = columns.canvas_id()
    grade_group_students_individually = columns.flag()
    peer_reviews = columns.flag()
    automatic_peer_reviews = columns.flag()
    anonymous_peer_reviews = columns.flag()
    intra_group_peer_reviews = columns.flag()
    moderated_grading = columns.flag()
    grader_count = columns.whole()
    final_grader_id = columns.canvas_id()
    anonymous_grading = columns.flag()
    anonymize_students = columns.flag()
    post_manually = columns.flag()
    omit_from_final_grade = columns.flag()
    hide_in_gradebook = columns.flag()
    allowed_attempts = columns.whole()
    allowed_extensions = columns.document()
    quiz_id = columns.canvas_id()
    is_quiz_assignment = columns.flag()
    is_quiz_lti_assignment = columns.flag()
    use_rubric_for_grading = columns.flag()
    rubric_settings = columns.document()
    html_url = columns.text()
    sis_assignment_id = columns.text()
    integration_data = columns.document()
    post_to_sis = columns.flag()

    objects: ClassVar = AssignmentQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass


class CanvasAssignmentOverride(MirroredRow):
    """Other dates for some students, a section or a group.

    `overridden_dates` names the dates this override sets; a date it names and that is null means
    "no date", a date it does not name is inherited from the assignment (trap 41).
    """

    course_path: ClassVar[str] = "assignment__course"

    assignment = models.ForeignKey(
        CanvasAssignment, on_delete=models.CASCADE, related_name="overrides"
    )
    section = models.ForeignKey(
        CanvasSection, on_delete=models.SET_NULL, null=True, blank=True, related_name="overrides"
    )
    group = models.ForeignKey(
        CanvasGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="overrides"
    )
    title = columns.text()
    student_ids = columns.document()
    course_section_id = columns.canvas_id()
    noop_id = columns.canvas_id()
    unassign_item = columns.flag()
    due_at = columns.instant()
    unlock_at = columns.instant()
    lock_at = columns.instant()
    all_day = columns.flag()
    all_day_date = columns.day()
    overridden_dates = columns.document()

    objects: ClassVar = OverrideQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass
