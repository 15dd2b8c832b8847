"""Group sets of course 101: project teams, one of them empty, and what students made themselves."""

from __future__ import annotations

from simulator.world import rows
from simulator.world.text import long_name
from simulator.world.tiny.people import (
    AMINA,
    BIOLOGY_ID,
    CASEY,
    HARRIET,
    JONAS,
    LEE,
    MOHAMMED,
    SOREN,
)
from simulator.world.world import World


def add_teams(world: World) -> None:
    """Both sets with their groups."""
    projects = _category(world, "Project teams")
    _group(world, projects, "Team A", members=(AMINA, MOHAMMED))
    _group(world, projects, "Team B", members=(LEE, HARRIET, CASEY))
    _group(world, projects, "Team C (nobody yet)", members=())
    _group(world, projects, long_name("Team with a long name:", 300), members=(JONAS,))
    own = _category(world, "Student Groups", role="student_organized", self_signup="enabled")
    circle = _group(world, own, "Study circle", members=(AMINA, LEE))
    circle.leader_id, circle.max_membership = AMINA, 6
    circle.join_level = "parent_context_request"
    _group(world, own, "Night owls 🌙", members=(AMINA, HARRIET))
    join(world, circle, SOREN, state="invited")


def _category(
    world: World, name: str, *, role: str | None = None, self_signup: str | None = None
) -> rows.GroupCategory:
    row_id = world.new_id("group_categories", BIOLOGY_ID)
    return world.group_categories.add(
        rows.GroupCategory(
            id=row_id, course_id=BIOLOGY_ID, name=name, role=role, self_signup=self_signup
        )
    )


def _group(
    world: World, category: rows.GroupCategory, name: str, *, members: tuple[int, ...]
) -> rows.Group:
    row_id = world.new_id("groups", category.course_id)
    group = world.groups.add(
        rows.Group(
            id=row_id,
            course_id=category.course_id,
            group_category_id=category.id,
            name=name,
            sis_group_id=f"GRP-{row_id}",
        )
    )
    for user_id in members:
        join(world, group, user_id)
    return group


def join(
    world: World, group: rows.Group, user_id: int, *, state: str = "accepted"
) -> rows.GroupMembership:
    """A person's membership."""
    return world.group_memberships.add(
        rows.GroupMembership(
            id=world.new_id("group_memberships", group.course_id),
            group_id=group.id,
            course_id=group.course_id,
            user_id=user_id,
            workflow_state=state,
        )
    )
