"""Groups made and dissolved, members moved."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.mutations.registry import Result, operation, row
from simulator.world import rows
from simulator.world.lifecycle import refresh_course
from simulator.world.world import World


@operation
def add_group(
    world: World,
    course_id: int,
    *,
    name: str = "Latecomers",
    category_id: int | None = None,
    user_ids: Sequence[int] = (),
) -> Result:
    """A group in a set, the course's first unless said, with members."""
    categories = world.group_categories.of("course_id", course_id)
    group = rows.Group(
        id=world.new_id("groups", course_id),
        course_id=course_id,
        group_category_id=category_id or categories[0].id,
        name=name,
        created_at=world.now(),
    )
    world.groups.add(group)
    for user_id in user_ids:
        _join(world, group, user_id)
    refresh_course(world, course_id, user_ids)
    return {"group_id": group.id}


def _join(world: World, group: rows.Group, user_id: int) -> rows.GroupMembership:
    return world.group_memberships.add(
        rows.GroupMembership(
            id=world.new_id("group_memberships", group.course_id),
            group_id=group.id,
            course_id=group.course_id,
            user_id=user_id,
            created_at=world.now(),
        )
    )


@operation
def move_member(world: World, membership_id: int, *, group_id: int) -> Result:
    """A person from one group to another: a new membership, the old one gone."""
    old, target = row(world, "group_memberships", membership_id), row(world, "groups", group_id)
    old.workflow_state = "deleted"
    left = world.groups[old.group_id]
    left.leader_id = None if left.leader_id == old.user_id else left.leader_id
    made = _join(world, target, old.user_id)
    refresh_course(world, target.course_id, [old.user_id])
    return {"membership_id": made.id}


@operation
def delete_group(world: World, group_id: int) -> Result:
    """A group and its memberships gone from the lists."""
    group = row(world, "groups", group_id)
    group.workflow_state = "deleted"
    memberships = world.group_memberships.of("group_id", group.id)
    for membership in memberships:
        membership.workflow_state = "deleted"
    refresh_course(world, group.course_id, [membership.user_id for membership in memberships])
    return {"group_id": group.id}
