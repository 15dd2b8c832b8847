"""Group sets, groups and memberships (canvas-api 4.14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.call import Call, Json, Listing
from simulator.views import guards
from simulator.views.fields import Picker
from simulator.views.users import user_json
from simulator.world import rows

CATEGORY = Picker(
    *("id", "name", "role", "self_signup", "group_limit", "auto_leader", "created_at"),
    "course_id",
)
GROUP = Picker(
    *("id", "name", "description", "is_public", "join_level", "group_category_id"),
    *("max_membership", "created_at", "course_id"),
)
MEMBERSHIP = Picker("id", "group_id", "user_id", "workflow_state", "moderator", "created_at")
PROTECTED_ROLES = ("student_organized", "imported")
EMBEDDED_MEMBERS = 1000


def group_categories(call: Call, reference: str) -> Listing:
    """GET /courses/:id/group_categories."""
    course = guards.course(call, reference)
    found = guards.alive(call.world.group_categories.of("course_id", course.id))
    return Listing(rows=found, render=lambda page: [category_json(call, row) for row in page])


def group_category(call: Call, reference: str) -> Json:
    """GET /group_categories/:id."""
    return category_json(call, guards.anywhere(call, "group_categories", reference))


def category_json(call: Call, row: rows.GroupCategory) -> Json:
    """A group set; its includes are spelled with an s."""
    record = CATEGORY(row) | {
        "context_type": "Course",
        "protected": row.role in PROTECTED_ROLES,
        "allows_multiple_memberships": row.role == "student_organized",
        "is_member": False,
        "progress": None,
        "non_collaborative": False,
    }
    if call.caller.sis:
        record["sis_group_category_id"] = row.sis_group_category_id
        record["sis_import_id"] = row.sis_import_id
    asked = call.query.many("includes")
    if "groups_count" in asked:
        record["groups_count"] = len(_living(call, row.id))
    if "unassigned_users_count" in asked:
        record["unassigned_users_count"] = _unassigned(call, row)
    return record


def _living(call: Call, category_id: int) -> list[rows.Group]:
    return guards.alive(call.world.groups.of("group_category_id", category_id))


def _unassigned(call: Call, row: rows.GroupCategory) -> int:
    grouped = {m.user_id for group in _living(call, row.id) for m in members(call, group)}
    students = {
        enrollment.user_id
        for enrollment in call.world.enrollments.of("course_id", row.course_id)
        if enrollment.type == "StudentEnrollment" and enrollment.workflow_state == "active"
    }
    return len(students - grouped)


def category_groups(call: Call, reference: str) -> Listing:
    """GET /group_categories/:id/groups, by collated name."""
    category = guards.anywhere(call, "group_categories", reference)
    return _groups(call, _living(call, category.id))


def course_groups(call: Call, reference: str) -> Listing:
    """GET /courses/:id/groups; without the People tab silently only the caller's own."""
    course = guards.course(call, reference)
    found = guards.alive(call.world.groups.of("course_id", course.id))
    if "people" in course.hidden_tabs or call.query.flag("only_own_groups"):
        mine = call.world.group_memberships.of("user_id", call.caller.user_id)
        own = {row.group_id for row in mine if row.workflow_state == "accepted"}
        found = [row for row in found if row.id in own]
    return _groups(call, found)


def _groups(call: Call, found: list[rows.Group]) -> Listing:
    found.sort(key=lambda row: (row.group_category_id, row.name.casefold(), row.id))
    return Listing(rows=found, render=lambda page: [group_json(call, row) for row in page])


def group(call: Call, reference: str) -> Json:
    """GET /groups/:id."""
    return group_json(call, guards.anywhere(call, "groups", reference))


def members(call: Call, row: rows.Group) -> list[rows.GroupMembership]:
    """Memberships that count: accepted ones."""
    found = call.world.group_memberships.of("group_id", row.id)
    return [membership for membership in found if membership.workflow_state == "accepted"]


def group_json(call: Call, row: rows.Group) -> Json:
    """A group with its member count, members inside when asked."""
    category = call.world.group_categories[row.group_category_id]
    inside = members(call, row)
    record = GROUP(row) | {
        "members_count": len(inside),
        "storage_quota_mb": 50,
        "context_type": "Course",
        "avatar_url": None,
        "role": category.role,
        "leader": _leader(call, row),
        "has_submission": False,
        "concluded": False,
        "non_collaborative": False,
    }
    if call.caller.sis:
        record["sis_group_id"] = row.sis_group_id
        record["sis_import_id"] = row.sis_import_id
    if "users" in call.includes:
        people = [call.world.users[m.user_id] for m in inside[:EMBEDDED_MEMBERS]]
        record["users"] = [user_json(call, user) for user in people]
    if "group_category" in call.includes:
        record["group_category"] = category_json(call, category)
    return record


def _leader(call: Call, row: rows.Group) -> Json | None:
    user = call.world.users.get(row.leader_id)
    if user is None:
        return None
    return {
        "id": user.id,
        "display_name": user.short_name,
        "avatar_image_url": f"{call.base}/images/messages/avatar-50.png",
        "html_url": f"{call.base}/users/{user.id}",
    }


def memberships(call: Call, reference: str) -> Listing:
    """GET /groups/:id/memberships, by id."""
    row = guards.anywhere(call, "groups", reference)
    states = call.query.many("filter_states")
    found = [
        membership
        for membership in call.world.group_memberships.of("group_id", row.id)
        if membership.workflow_state != "deleted"
        and (not states or membership.workflow_state in states)
    ]
    return Listing(rows=found, render=lambda page: _memberships(call, page))


def _memberships(call: Call, page: Sequence[Any]) -> list[Json]:
    sis = {"sis_group_id": None, "sis_import_id": None} if call.caller.sis else {}
    return [MEMBERSHIP(row) | sis for row in page]
