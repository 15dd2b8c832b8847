"""Submissions as GraphQL shows them: other names, 0 for no attempt, other defaults than REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from simulator.call import Call
from simulator.clock import epoch
from simulator.graphql.types import (
    IDS,
    Coerce,
    Field,
    fields,
    identity,
    instant,
    many,
    scalar,
    scalars,
    word,
)
from simulator.views.submission_fields import lateness
from simulator.world import rows
from simulator.world.world import World

STATES: Final = ("submitted", "unsubmitted", "pending_review", "graded", "ungraded", "deleted")
# Unsubmitted ones must be asked for (canvas-api 5.4).
DEFAULT_STATES: Final = ("submitted", "pending_review", "graded")
ORDER: Final = many(
    fields(field=word("_id", "gradedAt"), direction=word("ascending", "descending"))
)
FILTER: Final = fields(
    states=many(word(*STATES)), submittedSince=instant, gradedSince=instant, updatedSince=instant
)
ARGUMENTS: Final[dict[str, Coerce]] = {"studentIds": IDS, "orderBy": ORDER, "filter": FILTER}


def of_course(call: Call, course: rows.Course, **arguments: Any) -> Sequence[rows.Submission]:
    """Of published assignments; in no useful order unless one is asked for."""
    world = call.world
    published = {
        row.id
        for row in world.assignments.of("course_id", course.id)
        if row.workflow_state == "published"
    }
    found = world.submissions.of("course_id", course.id)
    return _asked_for(world, [row for row in found if row.assignment_id in published], **arguments)


def of_assignment(
    call: Call, assignment: rows.Assignment, **arguments: Any
) -> Sequence[rows.Submission]:
    """Of one assignment."""
    found = call.world.submissions.of("assignment_id", assignment.id)
    return _asked_for(call.world, found, **arguments)


def _asked_for(
    world: World,
    found: list[rows.Submission],
    *,
    studentIds: list[str] | None = None,  # noqa: N803 - as in the query
    orderBy: list[dict[str, str]] | None = None,  # noqa: N803
    filter: dict[str, Any] | None = None,
) -> list[rows.Submission]:
    wanted = filter or {}
    states = wanted.get("states", DEFAULT_STATES)
    kept = [
        row
        for row in found
        if row.workflow_state in states
        and (studentIds is None or str(row.user_id) in studentIds)
        and _after(row.submitted_at, wanted.get("submittedSince"))
        and _after(row.graded_at, wanted.get("gradedSince"))
        and _after(updated_at(world, row), wanted.get("updatedSince"))
    ]
    kept.sort(key=lambda row: (row.anonymous_id, row.id))
    for order in reversed(orderBy or []):
        kept.sort(
            key=(lambda row: row.graded_at or "") if order["field"] == "gradedAt" else _id,
            reverse=order.get("direction") == "descending",
        )
    return kept


def _id(row: rows.Submission) -> Any:
    return row.id


def _after(moment: str | None, since: str | None) -> bool:
    """Strictly later, as all of Canvas's "since" are."""
    return since is None or (moment is not None and epoch(moment) > epoch(since))


def updated_at(world: World, row: rows.Submission) -> str:
    """The last moment at which the row itself was written; comments do not touch it."""
    moments = (row.submitted_at, row.graded_at, row.posted_at, row.touched_at)
    known = [moment for moment in moments if moment is not None]
    return max(known, key=epoch) if known else world.assignments[row.assignment_id].created_at


def _lateness(call: Call, row: rows.Submission) -> tuple[bool, bool]:
    assignment = call.world.assignments[row.assignment_id]
    late, missing, _ = lateness(row, assignment, now_s=epoch(call.now))
    return late, missing


def _status(call: Call, row: rows.Submission) -> str:
    late, missing = _lateness(call, row)
    if late or missing:
        return "late" if late else "missing"
    return "submitted" if row.submitted_at else "unsubmitted"


def _grading_status(call: Call, row: rows.Submission) -> str | None:
    if row.excused:
        return "excused"
    if row.workflow_state == "pending_review":
        return "needs_review"
    if row.workflow_state == "submitted":
        return "needs_grading"
    return "graded" if row.workflow_state == "graded" else None


def _user(call: Call, row: rows.Submission) -> rows.User | None:
    hidden = call.world.assignments[row.assignment_id].anonymous_grading
    return None if hidden else call.world.users.get(row.user_id)


SUBMISSION: Final[dict[str, Field]] = {
    **identity("Submission"),
    **scalars(
        score="score",
        grade="grade",
        enteredScore="entered_score",
        enteredGrade="entered_grade",
        deductedPoints="points_deducted",
        excused="excused",
        submittedAt="submitted_at",
        gradedAt="graded_at",
        postedAt="posted_at",
        state="workflow_state",
        latePolicyStatus="late_policy_status",
        gradeMatchesCurrentSubmission="grade_matches_current_submission",
        submissionType="submission_type",
        body="body",
        url="url",
        extraAttempts="extra_attempts",
        sticker="sticker",
        redoRequest="redo_request",
    ),
    "attempt": scalar("attempt", otherwise=0),
    "assignmentId": Field(resolve=lambda call, row: str(row.assignment_id)),
    "updatedAt": Field(resolve=lambda call, row: updated_at(call.world, row)),
    "createdAt": Field(
        resolve=lambda call, row: call.world.assignments[row.assignment_id].created_at
    ),
    "late": Field(resolve=lambda call, row: _lateness(call, row)[0]),
    "missing": Field(resolve=lambda call, row: _lateness(call, row)[1]),
    "submissionStatus": Field(resolve=_status),
    "gradingStatus": Field(resolve=_grading_status),
    "user": Field(resolve=_user, of="User"),
    "assignment": Field(
        resolve=lambda call, row: call.world.assignments[row.assignment_id], of="Assignment"
    ),
}
