"""What is asked and handed in: assignments with overrides, submissions with comments."""

from __future__ import annotations

from typing import Any

import msgspec


class AssignmentGroup(msgspec.Struct, kw_only=True):
    """A group of assignments (canvas-api 4.7)."""

    id: int
    course_id: int
    name: str
    position: int
    group_weight: float = 0.0
    sis_source_id: str | None = None
    integration_data: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    workflow_state: str = "available"


class Assignment(msgspec.Struct, kw_only=True):
    """An assignment (canvas-api 4.8); dates are the base dates.

    `new_quiz` marks New Quizzes, `quiz_id` a classic one.
    """

    id: int
    course_id: int
    assignment_group_id: int
    name: str
    description: str | None = None
    position: int = 1
    created_at: str = "2026-08-10T08:00:00Z"
    updated_at: str = "2026-08-10T08:00:00Z"
    due_at: str | None = None
    unlock_at: str | None = None
    lock_at: str | None = None
    points_possible: float | None = 10.0
    grading_type: str = "points"
    grading_standard_id: int | None = None
    submission_types: list[str] = msgspec.field(default_factory=lambda: ["online_text_entry"])
    workflow_state: str = "published"
    only_visible_to_overrides: bool = False
    group_category_id: int | None = None
    grade_group_students_individually: bool = False
    peer_reviews: bool = False
    anonymous_grading: bool = False
    post_manually: bool = False
    omit_from_final_grade: bool = False
    hide_in_gradebook: bool = False
    allowed_attempts: int = -1
    allowed_extensions: list[str] | None = None
    quiz_id: int | None = None
    new_quiz: bool = False
    rubric_id: int | None = None
    use_rubric_for_grading: bool = False
    sis_assignment_id: str | None = None
    integration_id: str | None = None


class Override(msgspec.Struct, kw_only=True):
    """Dates for some (canvas-api 4.9); `dates` holds only the overridden keys, null included."""

    id: int
    assignment_id: int
    course_id: int
    title: str
    student_ids: list[int] | None = None
    group_id: int | None = None
    course_section_id: int | None = None
    dates: dict[str, Any] = {}
    workflow_state: str = "active"


class Submission(msgspec.Struct, kw_only=True, gc=False):
    """One row per assignment and assigned student, placeholders included (canvas-api 4.10).

    `versions` are the earlier attempts, as the fields in which they differ. `rubric_assessment`
    is keyed by criterion id. `touched_at`: when something changed the row that its other moments do
    not show, such as a due date.
    """

    id: int
    assignment_id: int
    course_id: int
    user_id: int
    anonymous_id: str
    touched_at: str | None = None
    workflow_state: str = "unsubmitted"
    submission_type: str | None = None
    attempt: int | None = None
    submitted_at: str | None = None
    score: float | None = None
    grade: str | None = None
    entered_score: float | None = None
    entered_grade: str | None = None
    points_deducted: float | None = None
    graded_at: str | None = None
    grader_id: int | None = None
    grade_matches_current_submission: bool = True
    excused: bool | None = False
    posted_at: str | None = None
    late_policy_status: str | None = None
    custom_grade_status_id: int | None = None
    cached_due_date: str | None = None
    grading_period_id: int | None = None
    extra_attempts: int | None = None
    redo_request: bool = False
    sticker: str | None = None
    body: str | None = None
    url: str | None = None
    attachments: tuple[int, ...] = ()
    rubric_assessment: dict[str, dict[str, Any]] | None = None
    versions: tuple[dict[str, Any], ...] = ()


class SubmissionComment(msgspec.Struct, kw_only=True):
    """A comment on a submission (canvas-api 4.13); no author means an anonymous one."""

    id: int
    submission_id: int
    course_id: int
    comment: str
    created_at: str
    author_id: int | None = None
    edited_at: str | None = None
    attempt: int | None = None
    media: bool = False
    attachments: tuple[int, ...] = ()
