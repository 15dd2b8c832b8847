"""Classic quizzes and New Quizzes (canvas-api 4.15)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec import UNSET

from sync.transform.rows import Payload, Ref, Row, Scope
from sync.transform.shape import (
    Id,
    OptBool,
    OptDict,
    OptFloat,
    OptInt,
    OptList,
    OptText,
    OptTime,
    Shape,
    columns,
    read,
    reference,
)


class QuizShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"assignment_id", "assignment_group_id"})
    guarded: ClassVar[frozenset[str]] = frozenset({"access_code", "ip_filter", "quiz_settings"})

    id: Id
    title: OptText = UNSET
    html_url: OptText = UNSET
    description: OptText = UNSET
    instructions: OptText = UNSET
    quiz_type: OptText = UNSET
    time_limit: OptInt = UNSET
    shuffle_answers: OptBool = UNSET
    hide_results: OptText = UNSET
    show_correct_answers: OptBool = UNSET
    show_correct_answers_at: OptTime = UNSET
    hide_correct_answers_at: OptTime = UNSET
    one_time_results: OptBool = UNSET
    scoring_policy: OptText = UNSET
    allowed_attempts: OptInt = UNSET
    one_question_at_a_time: OptBool = UNSET
    question_count: OptInt = UNSET
    points_possible: OptFloat = UNSET
    cant_go_back: OptBool = UNSET
    has_access_code: OptBool = UNSET
    due_at: OptTime = UNSET
    lock_at: OptTime = UNSET
    unlock_at: OptTime = UNSET
    published: OptBool = UNSET
    version_number: OptInt = UNSET
    question_types: OptList = UNSET
    anonymous_submissions: OptBool = UNSET
    only_visible_to_overrides: OptBool = UNSET
    post_to_sis: OptBool = UNSET
    grading_type: OptText = UNSET
    quiz_settings: OptDict = UNSET


def classic_quiz_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    """Practice quizzes and ungraded surveys have no assignment (trap 69)."""
    yield _quiz_row(
        payload, scope, engine="classic", assignment=reference(payload, "assignment_id")
    )


def new_quiz_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    """The id of a New Quiz is the id of its assignment, sent as text (trap 68)."""
    yield _quiz_row(payload, scope, engine="new", assignment=reference(payload, "id"))


def _quiz_row(payload: Payload, scope: Scope, *, engine: str, assignment: int | None) -> Row:
    quiz = read(payload, QuizShape)
    links: dict[str, Ref | None] = {"course": scope.course, "assignment": assignment}
    if "assignment_group_id" in payload:
        links["assignment_group"] = reference(payload, "assignment_group_id")
    return Row(
        table="quizzes" if engine == "classic" else "new_quizzes",
        key=quiz.id,
        values=columns(payload, quiz) | {"engine": engine},
        links=links,
    )
