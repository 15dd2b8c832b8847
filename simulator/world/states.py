"""What an enrollment's stored state comes to."""

from __future__ import annotations

from simulator.world import rows
from simulator.world.world import World


def effective_state(world: World, row: rows.Enrollment) -> str:
    """The stored state, but deleted when the section or the course is (canvas-api 4.6)."""
    section = world.sections.get(row.course_section_id)
    if section is None or section.workflow_state == "deleted":
        return "deleted"
    deleted = world.courses[row.course_id].workflow_state == "deleted"
    return "deleted" if deleted else row.workflow_state
