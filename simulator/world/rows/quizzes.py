"""Classic quizzes and rubrics (canvas-api 4.15, 4.16); a New Quiz is only its assignment."""

from __future__ import annotations

from typing import Any

import msgspec


class Quiz(msgspec.Struct, kw_only=True):
    """A classic quiz; with an assignment, title, points and dates are shown from there."""

    id: int
    course_id: int
    title: str
    description: str | None = None
    quiz_type: str = "assignment"
    assignment_id: int | None = None
    assignment_group_id: int | None = None
    time_limit: int | None = None
    shuffle_answers: bool = False
    scoring_policy: str = "keep_highest"
    allowed_attempts: int = 1
    question_count: int = 5
    points_possible: float | None = 5.0
    access_code: str | None = None
    ip_filter: str | None = None
    due_at: str | None = None
    lock_at: str | None = None
    unlock_at: str | None = None
    published: bool = True
    version_number: int = 3
    question_types: list[str] = msgspec.field(default_factory=lambda: ["multiple_choice_question"])
    anonymous_submissions: bool = False
    workflow_state: str = "available"


class Rubric(msgspec.Struct, kw_only=True):
    """A rubric; not `bookmarked` means it shows only in the assignments that use it.

    `criteria` has the shape of the JSON: id, description, points, ratings and so on.
    """

    id: int
    course_id: int
    title: str
    points_possible: float | None = None
    reusable: bool = False
    public: bool = False
    read_only: bool = False
    free_form_criterion_comments: bool | None = False
    hide_score_total: bool | None = False
    hide_points: bool = False
    criteria: list[dict[str, Any]] = []
    bookmarked: bool = True
    workflow_state: str = "active"
