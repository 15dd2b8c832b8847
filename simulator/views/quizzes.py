"""Classic quizzes and, on their own base path, New Quizzes (canvas-api 4.15)."""

from __future__ import annotations

from typing import Any

from simulator.call import Call, Json, Listing
from simulator.errors import not_found, tab_disabled
from simulator.views import guards
from simulator.views.fields import Picker
from simulator.world import rows

QUIZ = Picker(
    *("id", "title", "description", "quiz_type", "assignment_id", "assignment_group_id"),
    *("time_limit", "shuffle_answers", "scoring_policy", "allowed_attempts", "question_count"),
    *("points_possible", "access_code", "ip_filter", "due_at", "lock_at", "unlock_at"),
    *("published", "version_number", "question_types", "anonymous_submissions"),
)
FIXED: Json = {
    "hide_results": None,
    "show_correct_answers": True,
    "show_correct_answers_last_attempt": False,
    "show_correct_answers_at": None,
    "hide_correct_answers_at": None,
    "one_time_results": False,
    "one_question_at_a_time": False,
    "cant_go_back": False,
    "locked_for_user": False,
    "only_visible_to_overrides": False,
    "post_to_sis": False,
    "unpublishable": True,
    "can_update": True,
    "permissions": {
        "read_statistics": True,
        "manage": True,
        "read": True,
        "update": True,
        "create": True,
        "submit": False,
        "preview": True,
        "delete": True,
        "grade": True,
        "review_grades": True,
        "view_answer_audits": True,
    },
}
FROM_ASSIGNMENT = Picker("points_possible", "due_at", "lock_at", "unlock_at", "assignment_group_id")


def quizzes(call: Call, reference: str) -> Listing:
    """GET /courses/:id/quizzes. Raises Refusal when the course hides its Quizzes tab."""
    course = _open(call, reference)
    found = guards.alive(call.world.quizzes.of("course_id", course.id))
    term = call.query.one("search_term")
    if term:
        found = [row for row in found if term.casefold() in row.title.casefold()]
    found.sort(key=lambda row: (row.quiz_type, row.title.casefold(), row.id))
    return Listing(rows=found, render=lambda page: [quiz_json(call, row) for row in page])


def quiz(call: Call, reference: str, quiz_reference: str) -> Json:
    """GET /courses/:id/quizzes/:id."""
    course = _open(call, reference)
    return quiz_json(call, guards.in_course(call, "quizzes", course, quiz_reference))


def _open(call: Call, reference: str) -> rows.Course:
    course = guards.course(call, reference)
    if "quizzes" in course.hidden_tabs:
        raise tab_disabled()
    return course


def quiz_json(call: Call, row: rows.Quiz) -> Json:
    """A classic quiz; what its assignment also has is shown from there."""
    record = QUIZ(row) | FIXED
    record["has_access_code"] = row.access_code is not None
    assignment = call.world.assignments.get(row.assignment_id)
    if assignment is not None:
        record.update(FROM_ASSIGNMENT(assignment), title=assignment.name)
        record["published"] = assignment.workflow_state == "published"
    page = f"{call.base}/courses/{row.course_id}/quizzes/{row.id}"
    record["html_url"], record["mobile_url"] = page, f"{page}?force_user=1&persist_headless=1"
    record["preview_url"] = f"{page}/take?preview=1"
    record["quiz_extensions_url"] = f"{page}/extensions"
    record["speedgrader_url"] = f"{call.base}/courses/{row.course_id}/gradebook/speed_grader"
    return record


def new_quizzes(call: Call, reference: str) -> Listing:
    """GET /api/quiz/v1/courses/:id/quizzes: assignments in disguise, ids as text."""
    course = guards.course(call, reference)
    found = [
        r for r in guards.alive(call.world.assignments.of("course_id", course.id)) if r.new_quiz
    ]
    return Listing(rows=found, render=lambda page: [new_quiz_json(row) for row in page])


def new_quiz(call: Call, reference: str, assignment_reference: str) -> Json:
    """GET /api/quiz/v1/courses/:id/quizzes/:assignment_id."""
    course = guards.course(call, reference)
    found = guards.in_course(call, "assignments", course, assignment_reference)
    if not found.new_quiz:
        raise not_found()
    return new_quiz_json(found)


def new_quiz_json(row: rows.Assignment) -> Json:
    """A New Quiz; its id is the assignment's."""
    settings: dict[str, Any] = {
        "calculator_type": "none",
        "filter_ip_address": False,
        "filters": {"ips": []},
        "multiple_attempts": {"multiple_attempts_enabled": False, "max_attempts": None},
        "one_at_a_time_type": "none",
        "shuffle_answers": False,
        "shuffle_questions": False,
        "has_time_limit": False,
        "session_time_limit_in_seconds": 0,
        "require_student_access_code": False,
        "student_access_code": None,
    }
    return {
        "id": str(row.id),
        "title": row.name,
        "instructions": row.description,
        "assignment_group_id": str(row.assignment_group_id),
        "points_possible": row.points_possible,
        "due_at": row.due_at,
        "lock_at": row.lock_at,
        "unlock_at": row.unlock_at,
        "published": row.workflow_state == "published",
        "grading_type": row.grading_type,
        "quiz_settings": settings,
    }
