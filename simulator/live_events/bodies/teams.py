"""Bodies of group sets, groups and memberships."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.live_events.envelope import Body, global_id, local_id
from simulator.world import rows
from simulator.world.world import World


def category(world: World, row: rows.GroupCategory, old: Mapping[str, Any]) -> Body:
    """A group set; its course is local, itself global."""
    return {
        "group_category_id": global_id(row.id),
        "group_category_name": row.name,
        "context_id": local_id(row.course_id),
        "context_type": "Course",
        "group_limit": row.group_limit,
    }


def group(world: World, row: rows.Group, old: Mapping[str, Any]) -> Body:
    """A group; deleted ones come as updated."""
    return {
        "group_category_id": global_id(row.group_category_id),
        "group_category_name": world.group_categories[row.group_category_id].name,
        "group_id": global_id(row.id),
        "uuid": f"group-{row.id}-uuid",
        "group_name": row.name,
        "context_type": "Course",
        "context_id": global_id(row.course_id),
        "account_id": global_id(world.courses[row.course_id].account_id),
        "workflow_state": row.workflow_state,
        "max_membership": row.max_membership,
    }


def membership(world: World, row: rows.GroupMembership, old: Mapping[str, Any]) -> Body:
    """A person's place in a group; deleted ones come as updated."""
    group = world.groups[row.group_id]
    return {
        "group_membership_id": global_id(row.id),
        "user_id": global_id(row.user_id),
        "group_id": global_id(row.group_id),
        "group_name": group.name,
        "group_category_id": global_id(group.group_category_id),
        "group_category_name": world.group_categories[group.group_category_id].name,
        "workflow_state": row.workflow_state,
    }
