"""Submission listings: many assignments, one assignment, one student (canvas-api 4.11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simulator.call import Call, Json, Listing
from simulator.errors import Refusal, bad_request, not_found
from simulator.views import guards
from simulator.views.submission_fields import full_assessment
from simulator.views.submission_includes import with_includes
from simulator.world import rows
from simulator.world.states import effective_state

MAX_STUDENT_IDS = 100
NOT_CONSIDERED = ("rejected", "completed", "deleted", "inactive")
STUDENT_TYPES = ("StudentEnrollment", "StudentViewEnrollment")
Test = Callable[[rows.Submission], bool]


def students_submissions(call: Call, reference: str) -> Listing:
    """GET /courses/:id/students/submissions, flat or, by mere presence of the word, grouped."""
    course = guards.course(call, reference)
    return _many(call, course, section_id=None)


def section_submissions(call: Call, reference: str) -> Listing:
    """GET /sections/:id/students/submissions."""
    section = guards.anywhere(call, "sections", reference)
    course = guards.course(call, str(section.course_id))
    return _many(call, course, section_id=section.id)


def _many(call: Call, course: rows.Course, *, section_id: int | None) -> Listing:
    assignments = _published(call, course)
    tests = [*_student_tests(call, course, section_id=section_id), *_row_tests(call)]
    submissions = call.world.submissions

    def keep(row_id: int) -> bool:
        row = submissions[row_id]
        if row.workflow_state == "deleted" or row.assignment_id not in assignments:
            return False
        return all(test(row) for test in tests)

    ids = submissions.ids("course_id", course.id)
    if call.query.has("grouped"):
        return _grouped(call, [submissions[row_id] for row_id in ids if keep(row_id)])
    return _flat(call, ids, keep)


def _flat(call: Call, ids: Sequence[int], keep: Callable[[int], bool]) -> Listing:
    def render(page: Sequence[Any]) -> list[Json]:
        return [with_includes(call, call.world.submissions[row_id]) for row_id in page]

    by_grading = call.query.one("order") == "graded_at"
    descending = call.query.one("order_direction") == "descending"
    if not by_grading and not descending:
        return Listing(rows=ids, render=render, key=_same_id, keep=keep)

    def key(row_id: int) -> list[Any]:
        graded = call.world.submissions[row_id].graded_at if by_grading else None
        return [graded is None, graded or "", row_id]

    kept = sorted((row_id for row_id in ids if keep(row_id)), key=key, reverse=descending)
    return Listing(rows=kept, render=render, key=None if descending else key)


def _same_id(row_id: int) -> int:
    return row_id


def _published(call: Call, course: rows.Course) -> dict[int, rows.Assignment]:
    found = {
        row.id: row
        for row in call.world.assignments.of("course_id", course.id)
        if row.workflow_state == "published"
    }
    if not call.query.has("assignment_ids"):
        return found
    wanted = call.query.ids("assignment_ids")
    if not set(wanted) <= found.keys():
        raise Refusal(403, {"error": "invalid assignment ids requested"})
    return {row_id: found[row_id] for row_id in wanted}


def _student_tests(call: Call, course: rows.Course, *, section_id: int | None) -> list[Test]:
    tests: list[Test] = []
    asked = call.query.many("student_ids")
    if not asked:
        tests.append(lambda row: row.user_id == call.caller.user_id)
    elif "all" not in asked:
        wanted = _visible_students(call, course)
        tests.append(lambda row: row.user_id in wanted)
    if section_id is not None:
        members = {
            row.user_id
            for row in call.world.enrollments.of("course_id", course.id)
            if row.course_section_id == section_id
        }
        tests.append(lambda row: row.user_id in members)
    state = call.query.one("enrollment_state")
    if state is not None:
        states = ("active", "invited") if state == "active" else ("completed",)
        current = _students(call, course, lambda enrolled: enrolled in states)
        tests.append(lambda row: row.user_id in current)
    return tests


def _visible_students(call: Call, course: rows.Course) -> set[int]:
    wanted = set(call.query.ids("student_ids"))
    if len(call.query.many("student_ids")) > MAX_STUDENT_IDS:
        raise bad_request({"error": "too many students"})
    if not wanted <= _students(call, course, lambda state: state not in ("deleted", "rejected")):
        raise call.caller.refusal()
    return wanted


def _students(call: Call, course: rows.Course, allowed: Callable[[str], bool]) -> set[int]:
    return {
        row.user_id
        for row in call.world.enrollments.of("course_id", course.id)
        if row.type in STUDENT_TYPES and allowed(effective_state(call.world, row))
    }


def _row_tests(call: Call) -> list[Test]:
    tests: list[Test] = []
    submitted, graded = call.query.instant("submitted_since"), call.query.instant("graded_since")
    if submitted is not None:
        tests.append(lambda row: row.submitted_at is not None and row.submitted_at > submitted)
    if graded is not None:
        tests.append(lambda row: row.graded_at is not None and row.graded_at > graded)
    state = call.query.one("workflow_state")
    if state:
        tests.append(lambda row: row.workflow_state == state)
    return tests


def _grouped(call: Call, kept: list[rows.Submission]) -> Listing:
    by_user: dict[int, list[rows.Submission]] = {}
    for row in kept:
        by_user.setdefault(row.user_id, []).append(row)

    def render(page: Sequence[Any]) -> list[Json]:
        return [_bundle(call, user_id, by_user[user_id]) for user_id in page]

    return Listing(rows=sorted(by_user), render=render)


def _bundle(call: Call, user_id: int, found: list[rows.Submission]) -> Json:
    enrollments = [
        row
        for row in call.world.enrollments.of("user_id", user_id)
        if row.course_id == found[0].course_id
    ]
    record: Json = {
        "user_id": user_id,
        "section_id": enrollments[0].course_section_id if enrollments else None,
        "submissions": [with_includes(call, row) for row in found],
    }
    if call.caller.sis:
        record["sis_user_id"] = call.world.users[user_id].sis_user_id
        record["integration_id"] = call.world.users[user_id].integration_id
    if "total_scores" in call.includes and enrollments:
        record["computed_current_score"] = enrollments[0].current_score
        record["computed_final_score"] = enrollments[0].final_score
    return record


def assignment_submissions(call: Call, reference: str, assignment_reference: str) -> Listing:
    """GET /courses/:id/assignments/:id/submissions: concluded and inactive students left out."""
    course = guards.course(call, reference)
    assignment = guards.in_course(call, "assignments", course, assignment_reference)
    considered = _students(call, course, lambda state: state not in NOT_CONSIDERED)
    found = [
        row
        for row in call.world.submissions.of("assignment_id", assignment.id)
        if row.workflow_state != "deleted" and row.user_id in considered
    ]
    found.sort(key=lambda row: row.user_id)
    return Listing(rows=found, render=lambda page: [with_includes(call, row) for row in page])


def submission(call: Call, reference: str, assignment_reference: str, user: str) -> Json:
    """GET /courses/:id/assignments/:id/submissions/:user_id."""
    course = guards.course(call, reference)
    assignment = guards.in_course(call, "assignments", course, assignment_reference)
    user_id = call.caller.user_id if user == "self" else guards.row_id(user)
    for row in call.world.submissions.of("assignment_id", assignment.id):
        if row.user_id == user_id and row.workflow_state != "deleted":
            record = with_includes(call, row)
            if "full_rubric_assessment" in call.includes:
                record["full_rubric_assessment"] = full_assessment(row, assignment)
            return record
    raise not_found()


def anonymous(call: Call, reference: str, assignment_reference: str, anonymous_id: str) -> Json:
    """GET /courses/:id/assignments/:id/anonymous_submissions/:anonymous_id."""
    course = guards.course(call, reference)
    assignment = guards.in_course(call, "assignments", course, assignment_reference)
    for row in call.world.submissions.of("assignment_id", assignment.id):
        if row.anonymous_id == anonymous_id and row.workflow_state != "deleted":
            return with_includes(call, row)
    raise not_found()
