"""Submissions with their comments and rubric assessments (canvas-api 4.11 to 4.13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Final

from msgspec import UNSET, Meta

from sync.errors import UnreadableRecordError
from sync.transform.plain import FLAT, Plain
from sync.transform.rows import Payload, Ref, Row, Scope
from sync.transform.shape import (
    Finite,
    Id,
    OptBool,
    OptFloat,
    OptId,
    OptInt,
    OptList,
    OptText,
    OptTime,
    Shape,
    columns,
    items,
    read,
    reference,
)


class SubmissionShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset(
        {"assignment_id", "submission_comments", "rubric_assessment"}
    )
    guarded: ClassVar[frozenset[str]] = frozenset({"attachments", "media_comment"})

    id: Id
    user_id: OptId = UNSET
    anonymous_id: OptText = UNSET
    workflow_state: OptText = UNSET
    submission_type: OptText = UNSET
    attempt: OptInt = UNSET
    submitted_at: OptTime = UNSET
    score: OptFloat = UNSET
    grade: OptText = UNSET
    entered_score: OptFloat = UNSET
    entered_grade: OptText = UNSET
    points_deducted: OptFloat = UNSET
    graded_at: OptTime = UNSET
    grader_id: OptId = UNSET
    grade_matches_current_submission: OptBool = UNSET
    excused: OptBool = UNSET
    posted_at: OptTime = UNSET
    late: OptBool = UNSET
    missing: OptBool = UNSET
    seconds_late: OptInt = UNSET
    late_policy_status: OptText = UNSET
    custom_grade_status_id: OptId = UNSET
    cached_due_date: OptTime = UNSET
    grading_period_id: OptId = UNSET
    extra_attempts: OptInt = UNSET
    redo_request: OptBool = UNSET
    body: OptText = UNSET
    url: OptText = UNSET
    # Absent when the current attempt has no files (trap 63).
    attachments: OptList = None


class CommentShape(Shape):
    guarded: ClassVar[frozenset[str]] = frozenset({"attachments", "media_comment"})

    id: Id
    author_id: OptId = UNSET
    author_name: OptText = UNSET
    comment: OptText = UNSET
    created_at: OptTime = UNSET
    edited_at: OptTime = UNSET
    attempt: OptInt = UNSET


# Comments come with every record, if none then as an empty list; an assessment only where there is
# one. It is asked for whenever comments are (see `plan`), so one that does not come with them is
# gone. Without comments, Canvas may not have read what was asked of it (trap 5).
_TOLD_WITH_COMMENTS: Final = ("rubric_assessments",)

# Without marks by a rubric and files, and handed in or not: 0 attempts mean null.
PLAIN: Final = Plain(
    table="submissions",
    shape=SubmissionShape,
    needs=frozenset({"id", "assignment_id"}),
    links={"assignment": "assignment_id", "student": "user_id"},
    types={
        "assignment_id": Id,
        "attempt": Annotated[int, Meta(ge=1, le=2**63 - 1)] | None,
        "rubric_assessment": None,
    },
    lists={
        "submission_comments": Plain(
            table="submission_comments",
            shape=CommentShape,
            needs=frozenset({"id"}),
            links={},
            types={"author": FLAT},
        )
    },
    told_with={"submission_comments": _TOLD_WITH_COMMENTS},
)


class AssessmentShape(Shape):
    # Not scored and not chosen are sent by leaving the key out (trap 72).
    rating_id: str | None = None
    comments: str | None = None
    points: Finite | None = None


def submission_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    """The submission, then what was said about it and what was given for each criterion.

    REST says attempt null, GraphQL 0 for work never handed in: both become null (trap 56).
    """
    submission = read(payload, SubmissionShape)
    assignment = reference(payload, "assignment_id")
    if assignment is None:
        raise UnreadableRecordError("Object missing required field `assignment_id`")
    values = columns(payload, submission)
    if submission.attempt == 0:
        values["attempt"] = None
    links: dict[str, Ref | None] = {"assignment": assignment}
    if submission.user_id is not UNSET:
        links["student"] = submission.user_id
    yield Row(
        table="submissions",
        key=submission.id,
        values=values,
        links=links,
        whole=_whole(payload),
    )
    for comment in items(payload, "submission_comments"):
        record = read(comment, CommentShape)
        yield Row(
            table="submission_comments",
            key=record.id,
            values=columns(comment, record),
            links={"submission": submission.id},
        )
    yield from _assessment_rows(payload, submission.id, assignment)


def _whole(payload: Payload) -> tuple[str, ...]:
    if payload.get("submission_comments") is not None:
        return ("submission_comments", *_TOLD_WITH_COMMENTS)
    return ("rubric_assessments",) if payload.get("rubric_assessment") is not None else ()


def _assessment_rows(payload: Payload, submission: int, assignment: int) -> Iterator[Row]:
    """One row a criterion, which is looked up in the rubric of the submission's assignment."""
    assessment = payload.get("rubric_assessment")
    if assessment is None:
        return
    if not isinstance(assessment, dict):
        raise UnreadableRecordError("Expected `object` - at `$.rubric_assessment`")
    for criterion, given in assessment.items():
        if not isinstance(given, dict):
            raise UnreadableRecordError("Expected `object` - at `$.rubric_assessment[...]`")
        record = read(given, AssessmentShape)
        yield Row(
            table="rubric_assessments",
            key=criterion,
            values=columns(given, record),
            links={"submission": submission, "criterion": (assignment, criterion)},
        )
