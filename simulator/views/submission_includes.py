"""What include[] adds to a submission (canvas-api 4.11, 4.13)."""

from __future__ import annotations

from collections.abc import Callable

from simulator.call import Call, Json
from simulator.views.assignment_fields import assignment_json
from simulator.views.courses import listed
from simulator.views.submission_fields import comments_json, history_json, submission_json
from simulator.views.users import user_json
from simulator.world import rows


def with_includes(call: Call, row: rows.Submission) -> Json:
    """A submission and what was asked to come with it."""
    assignment = call.world.assignments[row.assignment_id]
    record = submission_json(call, row, assignment)
    for name in call.includes:
        if name in INCLUDES:
            INCLUDES[name](call, row, record)
    return _trimmed(call, record)


def _trimmed(call: Call, record: Json) -> Json:
    kept = call.query.many("response_fields")
    if kept:
        return {name: value for name, value in record.items() if name in kept}
    for name in call.query.many("exclude_response_fields"):
        record.pop(name, None)
    return record


def _rubric_assessment(call: Call, row: rows.Submission, record: Json) -> None:
    if row.rubric_assessment is not None:
        record["rubric_assessment"] = row.rubric_assessment


def _comments(call: Call, row: rows.Submission, record: Json) -> None:
    record["submission_comments"] = comments_json(call, row)


def _history(call: Call, row: rows.Submission, record: Json) -> None:
    assignment = call.world.assignments[row.assignment_id]
    record["submission_history"] = history_json(call, row, assignment)


def _user(call: Call, row: rows.Submission, record: Json) -> None:
    if "user_id" in record:
        record["user"] = user_json(call, call.world.users[row.user_id])


def _assignment(call: Call, row: rows.Submission, record: Json) -> None:
    record["assignment"] = assignment_json(call, call.world.assignments[row.assignment_id])


def _course(call: Call, row: rows.Submission, record: Json) -> None:
    record["course"] = listed(call, call.world.courses[row.course_id])


def _visibility(call: Call, row: rows.Submission, record: Json) -> None:
    record["assignment_visible"] = True


def _group(call: Call, row: rows.Submission, record: Json) -> None:
    assignment = call.world.assignments[row.assignment_id]
    for membership in call.world.group_memberships.of("user_id", row.user_id):
        group = call.world.groups[membership.group_id]
        if group.group_category_id == assignment.group_category_id:
            record["group"] = {"id": group.id, "name": group.name}
            return
    record["group"] = {"id": None, "name": None}


INCLUDES: dict[str, Callable[[Call, rows.Submission, Json], None]] = {
    "rubric_assessment": _rubric_assessment,
    "submission_comments": _comments,
    "submission_history": _history,
    "user": _user,
    "assignment": _assignment,
    "course": _course,
    "visibility": _visibility,
    "group": _group,
}
