"""Submissions, their comments and rubric assessments (canvas-api 4.10 to 4.13)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from canvas.models import columns
from canvas.models.assignments import CanvasAssignment
from canvas.models.mirrored import MirroredRow, PartOfParent
from canvas.models.people import CanvasUser
from canvas.models.querysets import SubmissionPartQuerySet, SubmissionQuerySet
from canvas.models.rubrics import CanvasRubricCriterion


class CanvasSubmission(MirroredRow):
    """The work of one student for one assignment; placeholders of work never handed in included.

    `score` null is "not graded", 0 is a mark. `user_id` and `student` are null when
    Canvas has hidden them so far, for anonymous grading. `grader_id` is negative when a quiz or a
    tool graded.
    """

    course_path: ClassVar[str] = "assignment__course"
    # Computed by Canvas when it is read; late and missing flip with the clock (trap 51).
    quiet: ClassVar[frozenset[str]] = frozenset({"late", "missing", "payload_hash"})
    volatile: ClassVar[frozenset[str]] = frozenset({"seconds_late"})
    remembered: ClassVar[frozenset[str]] = frozenset(
        "workflow_state score grade entered_score entered_grade points_deducted excused "
        "late_policy_status custom_grade_status_id posted_at graded_at grader_id submitted_at "
        "attempt".split()
    )

    payload_hash = columns.payload_hash()
    # The index of its states begins with the assignment: one of its own would only be kept up.
    assignment = models.ForeignKey(
        CanvasAssignment, on_delete=models.CASCADE, related_name="submissions", db_index=False
    )
    student = models.ForeignKey(
        CanvasUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="submissions"
    )
    user_id = columns.canvas_id(index=True)
    anonymous_id = columns.text()
    workflow_state = columns.text()
    submission_type = columns.text()
    attempt = columns.whole()
    submitted_at = columns.instant()
    score = columns.number()
    grade = columns.text()
    entered_score = columns.number()
    entered_grade = columns.text()
    points_deducted = columns.number()
    graded_at = columns.instant()
    grader_id = columns.canvas_id()
    grade_matches_current_submission = columns.flag()
    excused = columns.flag()
    posted_at = columns.instant()
    late = columns.flag()
    missing = columns.flag()
    seconds_late = columns.whole()
    late_policy_status = columns.text()
    custom_grade_status_id = columns.canvas_id()
    cached_due_date = columns.instant()
    grading_period_id = columns.canvas_id()
    extra_attempts = columns.whole()
    redo_request = columns.flag()
    body = columns.prose()
    url = columns.text()
    attachments = columns.document()

    objects: ClassVar = SubmissionQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        indexes = [
            models.Index(
                fields=["assignment", "workflow_state"], name="submission_assignment_state"
            )
        ]


class CanvasSubmissionComment(MirroredRow):
    """A comment on a submission; `author_id` is null when the author is anonymous."""

    course_path: ClassVar[str] = "submission__assignment__course"

    submission = models.ForeignKey(
        CanvasSubmission, on_delete=models.CASCADE, related_name="comments"
    )
    author_id = columns.canvas_id()
    author_name = columns.text()
    comment = columns.prose()
    created_at = columns.instant()
    edited_at = columns.instant()
    attempt = columns.whole()

    objects: ClassVar = SubmissionPartQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass


class CanvasRubricAssessment(PartOfParent):
    """What was given for one criterion of one submission; `canvas_id` is the id of the criterion.

    `criterion` is null when the rubric no longer has it. `rating_id` is Canvas's text and may
    match no rating (trap 72).
    """

    course_path: ClassVar[str] = "submission__assignment__course"
    canvas_key: ClassVar[tuple[str, ...]] = ("submission", "canvas_id")
    remembered: ClassVar[frozenset[str]] = frozenset({"points", "rating_id"})

    submission = models.ForeignKey(
        CanvasSubmission, on_delete=models.CASCADE, related_name="rubric_assessments"
    )
    criterion = models.ForeignKey(
        CanvasRubricCriterion,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assessments",
    )
    rating_id = columns.text()
    comments = columns.prose()
    points = columns.number()

    objects: ClassVar = SubmissionPartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "canvas_id"], name="assessment_canvas_key"
            )
        ]
