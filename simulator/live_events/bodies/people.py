"""Bodies of users, enrollments and their totals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.live_events.envelope import Body, global_id, local_id
from simulator.world import rows
from simulator.world.states import effective_state
from simulator.world.world import ROOT_ACCOUNT_ID, World

# Whoever has such an enrollment cannot come in.
SHUT_OUT = ("inactive", "completed", "rejected", "deleted")


def user(world: World, row: rows.User, old: Mapping[str, Any]) -> Body:
    """A person."""
    return {
        "user_id": global_id(row.id),
        "uuid": row.uuid,
        "name": row.name,
        "short_name": row.short_name,
        "workflow_state": row.workflow_state,
        "created_at": row.created_at,
        "updated_at": world.now(),
        "user_login": row.login_id,
        "user_sis_id": row.sis_user_id,
    }


def association(world: World, row: rows.User, old: Mapping[str, Any]) -> Body:
    """A person's tie to the root account."""
    return {
        "user_id": global_id(row.id),
        "account_id": global_id(ROOT_ACCOUNT_ID),
        "account_uuid": world.accounts[ROOT_ACCOUNT_ID].uuid,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "is_admin": False,
    }


def enrollment(world: World, row: rows.Enrollment, old: Mapping[str, Any]) -> Body:
    """An enrollment; only those of observers say whom they observe."""
    said: Body = {
        "enrollment_id": global_id(row.id),
        "course_id": global_id(row.course_id),
        "user_id": global_id(row.user_id),
        "user_name": world.users[row.user_id].name,
        "type": row.type,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "limit_privileges_to_course_section": row.limit_privileges_to_course_section,
        "course_section_id": global_id(row.course_section_id),
        "workflow_state": row.workflow_state,
    }
    if row.type == "ObserverEnrollment":
        said["associated_user_id"] = global_id(row.associated_user_id)
    return said


def enrollment_state(world: World, row: rows.Enrollment, old: Mapping[str, Any]) -> Body:
    """What an enrollment comes to."""
    state = effective_state(world, row)
    return {
        "enrollment_id": global_id(row.id),
        "state": state,
        "state_started_at": row.updated_at,
        "state_is_current": True,
        "state_valid_until": row.end_at,
        "restricted_access": state in SHUT_OUT,
        "access_is_current": True,
    }


def totals(world: World, row: rows.Enrollment, old: Mapping[str, Any]) -> Body:
    """A student's totals in a course, every id local."""
    said: Body = {
        "user_id": local_id(row.user_id),
        "course_id": local_id(row.course_id),
        "workflow_state": "active",
        "created_at": row.created_at,
        "updated_at": world.now(),
    }
    for name in ("current_score", "final_score"):
        now, before = getattr(row, name), old.get(name, getattr(row, name))
        said |= {name: now, f"old_{name}": before}
        said |= {f"unposted_{name}": now, f"old_unposted_{name}": before}
    return said
