"""Courses: the account's list, the caller's own, and one (canvas-api 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.call import Call, Json, Listing
from simulator.errors import bad_request, message, not_found
from simulator.views import accounts, guards
from simulator.views.fields import Picker
from simulator.world import rows
from simulator.world.states import effective_state
from simulator.world.world import ROOT_ACCOUNT_ID

COURSE = Picker(
    *("id", "name", "account_id", "uuid", "start_at", "end_at", "grading_standard_id"),
    *("is_public", "created_at", "course_code", "default_view", "enrollment_term_id"),
    *("grade_passback_setting", "apply_assignment_group_weights", "hide_final_grades"),
    *("restrict_enrollments_to_course_dates", "blueprint", "time_zone", "course_color"),
    "friendly_name",
)
FIXED = {
    "root_account_id": ROOT_ACCOUNT_ID,
    "license": "private",
    "is_public_to_auth_users": False,
    "public_syllabus": False,
    "public_syllabus_to_auth": False,
    "storage_quota_mb": 500,
    "homeroom_course": False,
    "template": False,
}
UNPUBLISHED = ("created", "claimed")
STUDENT_TYPE = "StudentEnrollment"


def shown_state(row: rows.Course) -> str:
    """The state as REST says it: created and claimed are both unpublished."""
    return "unpublished" if row.workflow_state in UNPUBLISHED else row.workflow_state


def account_courses(call: Call, reference: str) -> Listing:
    """GET /accounts/:id/courses: of the account and its sub-accounts, no rel=last."""
    owner = guards.account(call, reference)
    scope = {owner.id, *(row.id for row in accounts.children(call, owner.id, deep=True))}
    found = [row for row in call.world.courses if row.account_id in scope]
    for test in _filters(call):
        found = [row for row in found if test(row)]
    found.sort(key=_order(call), reverse=call.query.one("order") == "desc")
    return Listing(rows=found, render=lambda page: [listed(call, r) for r in page], last=False)


def _filters(call: Call) -> list[Callable[[rows.Course], bool]]:
    states = set(call.query.many("state")) or {"created", "claimed", "available", "completed"}
    tests: list[Callable[[rows.Course], bool]] = [
        lambda row: "all" in states or row.workflow_state in states or shown_state(row) in states
    ]
    if call.query.has("enrollment_term_id"):
        terms = call.query.ids("enrollment_term_id")
        tests.append(lambda row: row.enrollment_term_id in terms)
    if call.query.has("by_subaccounts"):
        below = call.query.ids("by_subaccounts")
        tests.append(lambda row: row.account_id in below)
    return tests + _flag_filters(call) + _date_filters(call) + _search_filters(call)


def _flag_filters(call: Call) -> list[Callable[[rows.Course], bool]]:
    tests: list[Callable[[rows.Course], bool]] = []
    query = call.query
    if query.has("published"):
        live = query.flag("published")
        tests.append(lambda row: (row.workflow_state not in UNPUBLISHED) == live)
    if query.has("completed"):
        done = query.flag("completed")
        tests.append(lambda row: _is_completed(call, row) == done)
    if query.has("blueprint"):
        tests.append(lambda row: row.blueprint == query.flag("blueprint"))
    if query.has("public"):
        tests.append(lambda row: row.is_public == query.flag("public"))
    if query.has("with_enrollments"):
        tests.append(lambda row: _has_enrollments(call, row) == query.flag("with_enrollments"))
    return tests


def _is_completed(call: Call, row: rows.Course) -> bool:
    term = call.world.terms.get(row.enrollment_term_id)
    ended = term is not None and guards.is_past(call, term.end_at)
    return row.workflow_state == "completed" or ended or guards.is_past(call, row.end_at)


def _has_enrollments(call: Call, row: rows.Course) -> bool:
    call.world.ensure(row.id)
    return bool(call.world.enrollments.ids("course_id", row.id))


def _date_filters(call: Call) -> list[Callable[[rows.Course], bool]]:
    before, after = call.query.instant("starts_before"), call.query.instant("ends_after")
    tests: list[Callable[[rows.Course], bool]] = []
    if before is not None:
        tests.append(lambda row: row.start_at is None or row.start_at < before)
    if after is not None:
        tests.append(lambda row: row.end_at is None or row.end_at > after)
    return tests


def _search_filters(call: Call) -> list[Callable[[rows.Course], bool]]:
    term = call.query.one("search_term")
    if term is None:
        return []
    if len(term) < 3:
        raise bad_request(message("search_term of 3 or more characters is required"))
    wanted = term.casefold()
    return [
        lambda row: (
            any(
                wanted in (text or "").casefold()
                for text in (row.name, row.course_code, row.sis_course_id)
            )
            or str(row.id) == term
        )
    ]


def _order(call: Call) -> Callable[[rows.Course], Any]:
    names: dict[str, Callable[[rows.Course], Any]] = {
        "course_name": lambda row: (row.name.casefold(), row.id),
        "sis_course_id": lambda row: (row.sis_course_id or "", row.id),
        "course_status": lambda row: (row.workflow_state, row.id),
    }
    return names.get(call.query.one("sort") or "", lambda row: row.id)


def own_courses(call: Call) -> Listing:
    """GET /courses: only those the token's user is enrolled in; none for most admins."""
    mine = {row.course_id for row in call.world.enrollments.of("user_id", call.caller.user_id)}
    found = [call.world.courses[course_id] for course_id in mine]
    wanted = set(call.query.many("state")) or {"unpublished", "available", "completed"}
    found = [r for r in found if shown_state(r) in wanted and guards.own_enrollments(call, r)]
    found.sort(key=lambda row: (row.name.casefold(), row.id))
    return Listing(rows=found, render=lambda page: [own(call, row) for row in page])


def course(call: Call, reference: str) -> Json:
    """GET /courses/:id; a deleted one only with include[]=all_courses."""
    found = guards.any_course(call, reference)
    if found.workflow_state == "deleted" and "all_courses" not in call.includes:
        raise not_found()
    return own(call, found)


def own(call: Call, row: rows.Course) -> Json:
    """A course as seen by someone who may be enrolled, or the stub."""
    if guards.is_stub(call, row):
        return {"id": row.id, "access_restricted_by_date": True}
    mine = [
        {
            "type": enrollment.type.removesuffix("Enrollment").lower(),
            "role": enrollment.role,
            "role_id": enrollment.role_id,
            "user_id": enrollment.user_id,
            "enrollment_state": enrollment.workflow_state,
            "limit_privileges_to_course_section": enrollment.limit_privileges_to_course_section,
        }
        for enrollment in guards.own_enrollments(call, row)
    ]
    return listed(call, row) | {"enrollments": mine}


def listed(call: Call, row: rows.Course) -> Json:
    """A course as on the account's list, with the includes asked for."""
    record = COURSE(row) | FIXED
    record["workflow_state"] = shown_state(row)
    # The feed's address holds a secret of the calling user.
    record["calendar"] = {"ics": f"{call.base}/feeds/calendars/course_{row.uuid}.ics"}
    if row.locale is not None:
        record["locale"] = row.locale
    if call.caller.sis:
        record["sis_course_id"] = row.sis_course_id
        record["integration_id"] = row.integration_id
        record["sis_import_id"] = row.sis_import_id
    for name in call.includes & INCLUDES.keys():
        record.update(INCLUDES[name](call, row))
    return record


def student_count(call: Call, course_id: int) -> int:
    """total_students: different people with a current student enrollment."""
    call.world.ensure(course_id)
    return len(
        {
            row.user_id
            for row in call.world.enrollments.of("course_id", course_id)
            if row.type == STUDENT_TYPE
            and effective_state(call.world, row) in ("active", "invited")
        }
    )


def _teachers(call: Call, row: rows.Course) -> Json:
    call.world.ensure(row.id)
    found = [
        call.world.users[enrollment.user_id]
        for enrollment in call.world.enrollments.of("course_id", row.id)
        if enrollment.type == "TeacherEnrollment" and enrollment.workflow_state == "active"
    ]
    people = [{"id": user.id, "display_name": user.short_name} for user in found]
    return {"teachers": people}


INCLUDES: dict[str, Callable[[Call, rows.Course], Json]] = {
    "term": lambda call, row: {"term": accounts.embedded_term(call, row.enrollment_term_id)},
    "total_students": lambda call, row: {"total_students": student_count(call, row.id)},
    "syllabus_body": lambda call, row: {"syllabus_body": row.syllabus_body},
    "teachers": _teachers,
    "account_name": lambda call, row: {"account_name": call.world.accounts[row.account_id].name},
    "concluded": lambda call, row: {"concluded": _is_completed(call, row)},
    "post_manually": lambda call, row: {"post_manually": False},
    "storage_quota_used_mb": lambda call, row: {"storage_quota_used_mb": 12.5},
}
