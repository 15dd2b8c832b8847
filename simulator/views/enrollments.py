"""Enrollments, one element per row, with the default-state trap (canvas-api 4.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.call import Call, Json, Listing
from simulator.errors import bad_request, message, not_found
from simulator.views import guards
from simulator.views.fields import Picker
from simulator.views.users import avatar, user_json
from simulator.world import rows
from simulator.world.states import effective_state
from simulator.world.world import ROOT_ACCOUNT_ID

ENROLLMENT = Picker(
    *("id", "user_id", "course_id", "type", "created_at", "updated_at", "associated_user_id"),
    *("start_at", "end_at", "course_section_id", "limit_privileges_to_course_section"),
    *("role", "role_id"),
)
ACTIVITY = Picker("last_activity_at", "last_attended_at", "total_activity_time")
SIS_FILTERS = ("sis_account_id", "sis_course_id", "sis_section_id", "sis_user_id")
ADMIN_DEFAULT = ("active", "invited", "creation_pending", "inactive")
OTHERS_DEFAULT = ("active", "invited")
BUILT_IN_ROLES = frozenset(
    f"{kind}Enrollment"
    for kind in ("Student", "Teacher", "Ta", "Designer", "Observer", "StudentView")
)
SYNTHETIC_STATES = {
    "current_and_invited": ("active", "invited"),
    "current_and_future": ("active", "invited"),
    "current_future_and_restricted": ("active", "invited", "creation_pending"),
    "current_and_concluded": ("active", "completed"),
}


def course_enrollments(call: Call, reference: str) -> Listing:
    """GET /courses/:id/enrollments."""
    course = guards.course(call, reference)
    return _listing(call, call.world.enrollments.of("course_id", course.id))


def section_enrollments(call: Call, reference: str) -> Listing:
    """GET /sections/:id/enrollments."""
    section = guards.anywhere(call, "sections", reference)
    found = call.world.enrollments.of("course_id", section.course_id)
    return _listing(call, [row for row in found if row.course_section_id == section.id])


def user_enrollments(call: Call, reference: str) -> Listing:
    """GET /users/:id/enrollments."""
    own = reference == "self"
    user = guards.lookup(call, "users", str(call.caller.user_id) if own else reference)
    if user is None:
        raise not_found()
    if not call.caller.admin and user.id != call.caller.user_id:
        raise call.caller.refusal()
    call.world.ensure_all()
    return _listing(call, call.world.enrollments.of("user_id", user.id))


def account_enrollment(call: Call, reference: str, enrollment_reference: str) -> Json:
    """GET /accounts/:id/enrollments/:enrollment_id, deleted ones too."""
    guards.account(call, reference)
    found = guards.lookup(call, "enrollments", enrollment_reference)
    if found is None:
        raise not_found()
    return enrollment_json(call, found)


def _listing(call: Call, found: list[rows.Enrollment]) -> Listing:
    states = _states(call)
    types, roles = set(call.query.many("type")), _roles(call)
    users = set(call.query.ids("user_id"))
    if not call.caller.sis and any(call.query.has(name) for name in SIS_FILTERS):
        raise bad_request(message("Insufficient permissions to filter by SIS fields"))
    kept = [
        row
        for row in found
        if effective_state(call.world, row) in states
        and (not types or row.type in types)
        and (not roles or row.role in roles or row.role_id in roles)
        and (not users or row.user_id in users)
        and _matches_sis(call, row)
    ]

    def key(row: rows.Enrollment) -> list[Any]:
        return [row.type, call.world.users[row.user_id].sortable_name.casefold(), row.id]

    kept.sort(key=key)
    return Listing(rows=kept, render=lambda page: _render(call, page), key=key)


def _render(call: Call, page: Sequence[Any]) -> list[Json]:
    return [enrollment_json(call, row) for row in page]


def _states(call: Call) -> set[str]:
    asked = call.query.many("state")
    if not asked:
        return set(ADMIN_DEFAULT if call.caller.admin else OTHERS_DEFAULT)
    return {state for name in asked for state in SYNTHETIC_STATES.get(name, (name,))}


def _roles(call: Call) -> set[str | int]:
    known = BUILT_IN_ROLES | {row.role for row in call.world.enrollments}
    names = call.query.many("role")
    if not set(names) <= known:
        raise bad_request(message("role not found"))
    return {*names, *call.query.ids("role_id")}


def _matches_sis(call: Call, row: rows.Enrollment) -> bool:
    if not any(call.query.has(name) for name in SIS_FILTERS):
        return True
    values = _sis(call, row)
    return all(
        not call.query.has(name) or values[name] in call.query.many(name) for name in SIS_FILTERS
    )


def enrollment_json(call: Call, row: rows.Enrollment, *, embed_user: bool = True) -> Json:
    """An enrollment with its embedded user and, for students, grades."""
    record = ENROLLMENT(row)
    record["enrollment_state"] = effective_state(call.world, row)
    record["root_account_id"] = ROOT_ACCOUNT_ID
    record["html_url"] = f"{call.base}/courses/{row.course_id}/users/{row.user_id}"
    if call.caller.admin:
        record.update(ACTIVITY(row))
        record.update(_sis(call, row))
    if row.type in ("StudentEnrollment", "StudentViewEnrollment"):
        record["grades"] = _grades(call, row)
    if embed_user:
        record["user"] = user_json(call, call.world.users[row.user_id])
    return record | _included(call, row)


def _sis(call: Call, row: rows.Enrollment) -> Json:
    course, world = call.world.courses[row.course_id], call.world
    section = world.sections.get(row.course_section_id)
    return {
        "sis_account_id": world.accounts[course.account_id].sis_account_id,
        "sis_course_id": course.sis_course_id,
        "course_integration_id": course.integration_id,
        "sis_section_id": section.sis_section_id if section else None,
        "section_integration_id": section.integration_id if section else None,
        "sis_user_id": world.users[row.user_id].sis_user_id,
        "sis_import_id": row.sis_import_id,
    }


def _grades(call: Call, row: rows.Enrollment) -> Json:
    return {
        "html_url": f"{call.base}/courses/{row.course_id}/grades/{row.user_id}",
        "current_grade": None,
        "current_score": row.current_score,
        "final_grade": None,
        "final_score": row.final_score,
        "unposted_current_score": row.current_score,
        "unposted_current_grade": None,
        "unposted_final_score": row.final_score,
        "unposted_final_grade": None,
    }


def _included(call: Call, row: rows.Enrollment) -> Json:
    record: Json = {}
    user = call.world.users[row.user_id]
    if "avatar_url" in call.includes:
        record["avatar_url"] = avatar(call, user)
    if "group_ids" in call.includes:
        memberships = call.world.group_memberships.of("user_id", row.user_id)
        record["group_ids"] = [m.group_id for m in memberships if m.course_id == row.course_id]
    if "observed_users" in call.includes and row.associated_user_id is not None:
        record["observed_user"] = user_json(call, call.world.users[row.associated_user_id])
    if "can_be_removed" in call.includes:
        record["can_be_removed"] = row.sis_import_id is None
    if "uuid" in call.includes:
        record["uuid"] = user.uuid
    if "email" in call.includes and call.caller.admin:
        record["email"] = user.email
    return record
