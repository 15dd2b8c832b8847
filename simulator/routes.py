"""Which view answers which path."""

from __future__ import annotations

import re
from urllib.parse import unquote

from simulator.call import View
from simulator.errors import not_found
from simulator.views import (
    accounts,
    assignments,
    courses,
    enrollments,
    groups,
    quizzes,
    rubrics,
    sections,
    submissions,
    users,
)

API, NEW_QUIZZES = "/api/v1", "/api/quiz/v1"

ROUTES: dict[str, View] = {
    f"{API}/accounts": accounts.accounts,
    f"{API}/accounts/:id": accounts.account,
    f"{API}/accounts/:id/sub_accounts": accounts.sub_accounts,
    f"{API}/accounts/:id/terms": accounts.terms,
    f"{API}/accounts/:id/terms/:id": accounts.term,
    f"{API}/accounts/:id/courses": courses.account_courses,
    f"{API}/accounts/:id/users": users.account_users,
    f"{API}/accounts/:id/enrollments/:id": enrollments.account_enrollment,
    f"{API}/users/:id": users.user,
    f"{API}/users/:id/profile": users.profile,
    f"{API}/users/:id/enrollments": enrollments.user_enrollments,
    f"{API}/courses": courses.own_courses,
    f"{API}/courses/:id": courses.course,
    f"{API}/courses/:id/sections": sections.sections,
    f"{API}/courses/:id/sections/:id": sections.course_section,
    f"{API}/courses/:id/enrollments": enrollments.course_enrollments,
    f"{API}/courses/:id/users": users.course_users,
    f"{API}/courses/:id/search_users": users.course_users,
    f"{API}/courses/:id/assignment_groups": assignments.assignment_groups,
    f"{API}/courses/:id/assignment_groups/:id": assignments.assignment_group,
    f"{API}/courses/:id/assignment_groups/:id/assignments": assignments.group_assignments,
    f"{API}/courses/:id/assignments": assignments.assignments,
    f"{API}/courses/:id/assignments/:id": assignments.assignment,
    f"{API}/courses/:id/assignments/:id/overrides": assignments.overrides,
    f"{API}/courses/:id/assignments/:id/overrides/:id": assignments.override,
    f"{API}/courses/:id/students/submissions": submissions.students_submissions,
    f"{API}/courses/:id/assignments/:id/submissions": submissions.assignment_submissions,
    f"{API}/courses/:id/assignments/:id/submissions/:id": submissions.submission,
    f"{API}/courses/:id/assignments/:id/anonymous_submissions/:id": submissions.anonymous,
    f"{API}/courses/:id/group_categories": groups.group_categories,
    f"{API}/courses/:id/groups": groups.course_groups,
    f"{API}/courses/:id/quizzes": quizzes.quizzes,
    f"{API}/courses/:id/quizzes/:id": quizzes.quiz,
    f"{API}/courses/:id/rubrics": rubrics.rubrics,
    f"{API}/courses/:id/rubrics/:id": rubrics.rubric,
    f"{API}/sections/:id": sections.section,
    f"{API}/sections/:id/enrollments": enrollments.section_enrollments,
    f"{API}/sections/:id/students/submissions": submissions.section_submissions,
    f"{API}/group_categories/:id": groups.group_category,
    f"{API}/group_categories/:id/groups": groups.category_groups,
    f"{API}/groups/:id": groups.group,
    f"{API}/groups/:id/memberships": groups.memberships,
    f"{NEW_QUIZZES}/courses/:id/quizzes": quizzes.new_quizzes,
    f"{NEW_QUIZZES}/courses/:id/quizzes/:id": quizzes.new_quiz,
}
PATTERNS = [(re.compile(path.replace(":id", "([^/]+)")), view) for path, view in ROUTES.items()]


def match(path: str) -> tuple[View, list[str]]:
    """The view of a path and the references in it. Raises Refusal for a path that is none."""
    for pattern, view in PATTERNS:
        found = pattern.fullmatch(path.rstrip("/"))
        if found is not None:
            return view, [unquote(reference) for reference in found.groups()]
    raise not_found()
