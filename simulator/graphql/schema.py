"""The types that can be asked for, field by field, and who may see what (canvas-api 5.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from simulator.call import Call
from simulator.errors import Refusal
from simulator.graphql import submissions
from simulator.graphql.paging import with_connections
from simulator.graphql.types import (
    IDS,
    Field,
    Types,
    connection,
    fields,
    ident,
    identity,
    many,
    scalars,
    word,
)
from simulator.views import guards
from simulator.world import rows
from simulator.world.states import effective_state

ENROLLMENT_STATES: Final = (
    *("invited", "creation_pending", "active", "deleted", "rejected", "completed", "inactive"),
)
ENROLLMENT_TYPES: Final = (
    *("StudentEnrollment", "TeacherEnrollment", "TaEnrollment", "ObserverEnrollment"),
    *("DesignerEnrollment", "StudentViewEnrollment"),
)
SEES_THE_ROSTER: Final = ("TeacherEnrollment", "TaEnrollment", "DesignerEnrollment")
ENROLLMENT_FILTER: Final = fields(
    states=many(word(*ENROLLMENT_STATES)), types=many(word(*ENROLLMENT_TYPES)), userIds=IDS
)


def _course(call: Call, row: None, *, id: str) -> rows.Course | None:
    """None for one that is missing and for one the caller may not see, alike."""
    try:
        return guards.course(call, id)
    except Refusal:
        return None


def _assignment(call: Call, row: None, *, id: str) -> rows.Assignment | None:
    found = call.world.find("assignments", int(id)) if id.isdigit() else None
    if found is None or found.workflow_state == "deleted":
        return None
    return found if _course(call, None, id=str(found.course_id)) else None


def _enrollments(
    call: Call, course: rows.Course, *, filter: dict[str, Any] | None = None
) -> Sequence[rows.Enrollment] | None:
    """None without the right to see the roster."""
    own = guards.own_enrollments(call, course)
    if not call.caller.admin and not any(row.type in SEES_THE_ROSTER for row in own):
        return None
    wanted = filter or {}
    states = wanted.get("states", [one for one in ENROLLMENT_STATES if one != "deleted"])
    types, users = wanted.get("types", ENROLLMENT_TYPES), wanted.get("userIds")
    return [
        row
        for row in call.world.enrollments.of("course_id", course.id)
        if effective_state(call.world, row) in states
        and row.type in types
        and (users is None or str(row.user_id) in users)
    ]


def _assignments(call: Call, course: rows.Course) -> Sequence[rows.Assignment]:
    return guards.alive(call.world.assignments.of("course_id", course.id))


def _sections(call: Call, course: rows.Course) -> Sequence[rows.Section]:
    return guards.alive(call.world.sections.of("course_id", course.id))


def _for_sis(column: str) -> Field:
    """Shown to those only who may read SIS ids."""
    return Field(resolve=lambda call, row: getattr(row, column) if call.caller.sis else None)


OBJECTS: Final[Types] = {
    "Query": {
        "course": Field(resolve=_course, of="Course", arguments={"id": ident}),
        "assignment": Field(resolve=_assignment, of="Assignment", arguments={"id": ident}),
    },
    "Course": {
        **identity("Course"),
        **scalars(
            name="name",
            courseCode="course_code",
            state="workflow_state",
            createdAt="created_at",
        ),
        "sisId": _for_sis("sis_course_id"),
        "submissionsConnection": connection(
            "Submission", submissions.of_course, **submissions.ARGUMENTS
        ),
        "enrollmentsConnection": connection("Enrollment", _enrollments, filter=ENROLLMENT_FILTER),
        "assignmentsConnection": connection("Assignment", _assignments),
        "sectionsConnection": connection("Section", _sections),
    },
    "Assignment": {
        **identity("Assignment"),
        **scalars(
            name="name",
            state="workflow_state",
            pointsPossible="points_possible",
            gradingType="grading_type",
            submissionTypes="submission_types",
            position="position",
            dueAt="due_at",
            unlockAt="unlock_at",
            lockAt="lock_at",
            createdAt="created_at",
            updatedAt="updated_at",
        ),
        "submissionsConnection": connection(
            "Submission", submissions.of_assignment, **submissions.ARGUMENTS
        ),
    },
    "Section": {
        **identity("Section"),
        **scalars(name="name", state="workflow_state", createdAt="created_at"),
        "sisId": _for_sis("sis_section_id"),
    },
    "Enrollment": {
        **identity("Enrollment"),
        **scalars(
            type="type",
            state="workflow_state",
            createdAt="created_at",
            updatedAt="updated_at",
        ),
        "courseSectionId": Field(resolve=lambda call, row: str(row.course_section_id)),
        "userId": Field(resolve=lambda call, row: str(row.user_id)),
        "user": Field(resolve=lambda call, row: call.world.users.get(row.user_id), of="User"),
        "section": Field(
            resolve=lambda call, row: call.world.sections.get(row.course_section_id), of="Section"
        ),
    },
    "User": {
        **identity("User"),
        **scalars(name="name", sortableName="sortable_name", shortName="short_name"),
        "sisId": _for_sis("sis_user_id"),
        "loginId": _for_sis("login_id"),
        "email": _for_sis("email"),
    },
    "Submission": submissions.SUBMISSION,
}
SCHEMA: Final[Types] = with_connections(OBJECTS)
