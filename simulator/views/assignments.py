"""Assignment groups and assignments (canvas-api 4.7, 4.8)."""

from __future__ import annotations

from collections.abc import Callable

from simulator.call import Call, Json, Listing
from simulator.errors import bad_request, message, not_found
from simulator.views import guards
from simulator.views.assignment_fields import assignment_json, override_json
from simulator.views.fields import Picker
from simulator.world import rows

GROUP = Picker(
    *("id", "name", "position", "group_weight", "sis_source_id", "integration_data", "rules")
)
MAX_ASSIGNMENT_IDS = 100


def assignment_groups(call: Call, reference: str) -> Listing:
    """GET /courses/:id/assignment_groups, by position."""
    course = guards.course(call, reference)
    found = guards.alive(call.world.assignment_groups.of("course_id", course.id))
    found.sort(key=lambda row: (row.position, row.id))
    return Listing(rows=found, render=lambda page: [group_json(call, row) for row in page])


def assignment_group(call: Call, reference: str, group_reference: str) -> Json:
    """GET /courses/:id/assignment_groups/:group_id."""
    course = guards.course(call, reference)
    return group_json(call, guards.in_course(call, "assignment_groups", course, group_reference))


def group_json(call: Call, row: rows.AssignmentGroup) -> Json:
    """A group of assignments, these inside when asked."""
    record = GROUP(row)
    if "assignments" in call.includes:
        inside = [
            assignment
            for assignment in ordered(call, row.course_id)
            if assignment.assignment_group_id == row.id
        ]
        record["assignments"] = [assignment_json(call, assignment) for assignment in inside]
    return record


def ordered(call: Call, course_id: int) -> list[rows.Assignment]:
    """Living assignments in Canvas's order: group position, position, id."""
    groups = call.world.assignment_groups
    found = guards.alive(call.world.assignments.of("course_id", course_id))

    def place(row: rows.Assignment) -> tuple[int, int, int]:
        group = groups.get(row.assignment_group_id)
        return (group.position if group else 0, row.position, row.id)

    return sorted(found, key=place)


def assignments(call: Call, reference: str) -> Listing:
    """GET /courses/:id/assignments, staff's view: unpublished ones included."""
    course = guards.course(call, reference)
    found = _named(call, ordered(call, course.id))
    for test in _filters(call):
        found = [row for row in found if test(row)]
    order = call.query.one("order_by")
    if order == "name":
        found.sort(key=lambda row: (row.name.casefold(), row.id))
    elif order == "due_at":
        found.sort(key=lambda row: (row.due_at is None, row.due_at or "", row.id))
    return Listing(rows=found, render=lambda page: [assignment_json(call, row) for row in page])


def group_assignments(call: Call, reference: str, group_reference: str) -> Listing:
    """GET /courses/:id/assignment_groups/:group_id/assignments."""
    course = guards.course(call, reference)
    group = guards.in_course(call, "assignment_groups", course, group_reference)
    found = [row for row in ordered(call, course.id) if row.assignment_group_id == group.id]
    return Listing(rows=found, render=lambda page: [assignment_json(call, row) for row in page])


def _named(call: Call, found: list[rows.Assignment]) -> list[rows.Assignment]:
    if not call.query.has("assignment_ids"):
        return found
    wanted = set(call.query.ids("assignment_ids"))
    if len(wanted) > MAX_ASSIGNMENT_IDS or wanted - {row.id for row in found}:
        raise bad_request(message("Invalid assignment_ids"))
    return [row for row in found if row.id in wanted]


def _filters(call: Call) -> list[Callable[[rows.Assignment], bool]]:
    tests: list[Callable[[rows.Assignment], bool]] = []
    term, bucket = call.query.one("search_term"), call.query.one("bucket")
    if term:
        wanted = term.casefold()
        tests.append(lambda row: wanted in row.name.casefold())
    if call.query.has("new_quizzes"):
        new = call.query.flag("new_quizzes")
        tests.append(lambda row: row.new_quiz == new)
    if bucket == "undated":
        tests.append(lambda row: row.due_at is None)
    elif bucket in ("past", "overdue"):
        tests.append(lambda row: guards.is_past(call, row.due_at))
    elif bucket in ("upcoming", "future"):
        tests.append(lambda row: not guards.is_past(call, row.due_at))
    return tests


def assignment(call: Call, reference: str, assignment_reference: str) -> Json:
    """GET /courses/:id/assignments/:id."""
    course = guards.course(call, reference)
    found = guards.in_course(call, "assignments", course, assignment_reference)
    return assignment_json(call, found)


def overrides(call: Call, reference: str, assignment_reference: str) -> Listing:
    """GET /courses/:id/assignments/:id/overrides, by id."""
    course = guards.course(call, reference)
    found = guards.in_course(call, "assignments", course, assignment_reference)
    living = guards.alive(call.world.assignment_overrides.of("assignment_id", found.id))
    return Listing(rows=living, render=lambda page: [override_json(row) for row in page])


def override(call: Call, reference: str, assignment_reference: str, override_id: str) -> Json:
    """GET /courses/:id/assignments/:id/overrides/:override_id."""
    course = guards.course(call, reference)
    parent = guards.in_course(call, "assignments", course, assignment_reference)
    found = guards.in_course(call, "assignment_overrides", course, override_id)
    if found.assignment_id != parent.id:
        raise not_found()
    return override_json(found)
