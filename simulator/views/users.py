"""People: one user, the people of a course, all users of the account (canvas-api 4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.call import Call, Json, Listing
from simulator.errors import bad_request, message, not_found
from simulator.views import guards
from simulator.views.fields import Picker
from simulator.world import rows
from simulator.world.states import effective_state

USER = Picker("id", "name", "created_at", "sortable_name", "short_name")
EMBEDDED_ENROLLMENT = Picker(
    *("id", "user_id", "course_id", "course_section_id", "type", "role", "role_id"),
    *("associated_user_id", "created_at", "updated_at", "start_at", "end_at"),
)
TYPES = {
    "teacher": "TeacherEnrollment",
    "student": "StudentEnrollment",
    "student_view": "StudentViewEnrollment",
    "ta": "TaEnrollment",
    "observer": "ObserverEnrollment",
    "designer": "DesignerEnrollment",
}


def user(call: Call, reference: str) -> Json:
    """GET /users/:id and /users/self."""
    row = _visible(call, reference)
    record = user_json(call, row) | {
        "locale": row.locale,
        "effective_locale": row.locale or "en",
        "permissions": {"can_update_name": True, "can_update_avatar": False},
    }
    if row.merged_into_user_id is not None:
        record["merged_into_user_id"] = row.merged_into_user_id
    return record | _included(call, row)


def profile(call: Call, reference: str) -> Json:
    """GET /users/:id/profile."""
    row = _visible(call, reference)
    return {
        "id": row.id,
        "name": row.name,
        "short_name": row.short_name,
        "sortable_name": row.sortable_name,
        "title": None,
        "bio": row.bio,
        "primary_email": row.email,
        "login_id": row.login_id,
        "sis_user_id": row.sis_user_id if call.caller.sis else None,
        "lti_user_id": row.uuid,
        "avatar_url": avatar(call, row),
        "calendar": {"ics": f"{call.base}/feeds/calendars/user_{row.uuid}.ics"},
        "time_zone": row.time_zone,
        "locale": row.locale,
    }


def _visible(call: Call, reference: str) -> rows.User:
    own = reference == "self"
    found = guards.lookup(call, "users", str(call.caller.user_id) if own else reference)
    if found is None:
        raise not_found()
    if not call.caller.admin and found.id != call.caller.user_id:
        raise call.caller.refusal()
    assert isinstance(found, rows.User)
    return found


def avatar(call: Call, row: rows.User) -> str:
    """Address of a person's picture."""
    return f"{call.base}/images/messages/avatar-50.png?user={row.id}"


def user_json(call: Call, row: rows.User) -> Json:
    """The short user, as embedded everywhere; logins and SIS ids for those with the right."""
    record = USER(row)
    if call.caller.sis:
        record["sis_user_id"] = row.sis_user_id
        record["integration_id"] = row.integration_id
        record["sis_import_id"] = row.sis_import_id
        record["login_id"] = row.login_id
    if row.pronouns is not None:
        record["pronouns"] = row.pronouns
    return record


def _included(call: Call, row: rows.User) -> Json:
    asked = call.includes
    record: Json = {}
    if "avatar_url" in asked:
        record["avatar_url"] = avatar(call, row)
    if call.caller.admin:
        record["email"] = row.email
        if "last_login" in asked:
            record["last_login"] = row.last_login
    for name in ("bio", "uuid", "time_zone"):
        if name in asked:
            record[name] = getattr(row, name)
    return record


def course_users(call: Call, reference: str) -> Listing:
    """GET /courses/:id/users: each person once; the test student leaves after paging."""
    course = guards.course(call, reference)
    members: dict[int, list[rows.Enrollment]] = {}
    for enrollment in _chosen(call, call.world.enrollments.of("course_id", course.id)):
        members.setdefault(enrollment.user_id, []).append(enrollment)
    found = [call.world.users[user_id] for user_id in members]
    found = [row for row in found if _matches(call, row)]
    found.sort(key=lambda row: (row.sortable_name.casefold(), row.id))
    return Listing(rows=found, render=lambda page: _people(call, page, members), last=False)


def _chosen(call: Call, enrollments: list[rows.Enrollment]) -> list[rows.Enrollment]:
    states = set(call.query.many("enrollment_state")) or {"active", "invited"}
    types = {TYPES.get(kind, kind) for kind in call.query.many("enrollment_type")}
    section_ids = set(call.query.ids("section_ids"))
    return [
        row
        for row in enrollments
        if effective_state(call.world, row) in states
        and (not types or row.type in types)
        and (not section_ids or row.course_section_id in section_ids)
    ]


def _matches(call: Call, row: rows.User) -> bool:
    wanted = call.query.ids("user_ids")
    if wanted and row.id not in wanted:
        return False
    term = call.query.one("search_term")
    if term is None:
        return True
    if len(term) < 2 and not term.isdigit():
        raise bad_request(message("search_term of 2 or more characters is required"))
    texts = (row.name, row.login_id, row.sis_user_id, row.email)
    return any(term.casefold() in (text or "").casefold() for text in texts)


def _people(
    call: Call, page: Sequence[Any], members: dict[int, list[rows.Enrollment]]
) -> list[Json]:
    shown: list[Json] = []
    for row in page:
        own = members[row.id]
        is_test = all(enrollment.type == "StudentViewEnrollment" for enrollment in own)
        if is_test and "test_student" not in call.includes:
            continue
        record = user_json(call, row) | _included(call, row)
        if "enrollments" in call.includes:
            record["enrollments"] = [embedded_enrollment(row) for row in own]
        shown.append(record)
    return shown


def embedded_enrollment(row: rows.Enrollment) -> Json:
    """An enrollment inside a user."""
    return EMBEDDED_ENROLLMENT(row) | {"enrollment_state": row.workflow_state}


def account_users(call: Call, reference: str) -> Listing:
    """GET /accounts/:id/users: bookmarked when sorted by id, ordinal otherwise."""
    guards.account(call, reference)
    deleted = call.query.flag("include_deleted_users")
    found = [row for row in call.world.users if deleted or row.workflow_state != "deleted"]
    found = [row for row in found if _matches(call, row)]

    def render(page: Sequence[Any]) -> list[Json]:
        return [user_json(call, row) | _included(call, row) for row in page]

    if call.query.one("sort") == "id":
        found.sort(key=lambda row: row.id)
        return Listing(rows=found, render=render, key=lambda row: row.id)
    found.sort(key=lambda row: (row.sortable_name.casefold(), row.id))
    return Listing(rows=found, render=render, last=False)
