"""Bodies of assignments, their groups and their overrides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.live_events.envelope import HOST, Body, cut, global_id, local_id
from simulator.world import rows
from simulator.world.world import World


def assignment(world: World, row: rows.Assignment, old: Mapping[str, Any]) -> Body:
    """An assignment with its base dates."""
    return {
        "assignment_id": global_id(row.id),
        "context_id": global_id(row.course_id),
        "context_uuid": world.courses[row.course_id].uuid,
        "context_type": "Course",
        "assignment_group_id": global_id(row.assignment_group_id),
        "workflow_state": row.workflow_state,
        "title": cut(row.name),
        "description": cut(row.description),
        "due_at": row.due_at,
        "unlock_at": row.unlock_at,
        "lock_at": row.lock_at,
        "updated_at": row.updated_at,
        "points_possible": row.points_possible,
        "lti_assignment_id": f"assignment-{row.id}-lti",
        "lti_assignment_description": cut(row.description),
        "lti_resource_link_id": None,
        "submission_types": ",".join(row.submission_types),
        "domain": HOST,
    }


def assignment_group(world: World, row: rows.AssignmentGroup, old: Mapping[str, Any]) -> Body:
    """A group of assignments, every id local."""
    return {
        "assignment_group_id": local_id(row.id),
        "context_id": local_id(row.course_id),
        "context_type": "Course",
        "name": row.name,
        "position": row.position,
        "group_weight": row.group_weight,
        "sis_source_id": row.sis_source_id,
        "integration_data": row.integration_data,
        "rules": _rules(row.rules),
        "workflow_state": row.workflow_state,
    }


def _rules(rules: Mapping[str, Any]) -> str:
    """As they are stored: a line for each rule, one more for each assignment never dropped."""
    lines = [f"{name}:{value}" for name, value in rules.items() if name != "never_drop"]
    lines += [f"never_drop:{row_id}" for row_id in rules.get("never_drop", ())]
    return "".join(f"{line}\n" for line in lines)


def override(world: World, row: rows.Override, old: Mapping[str, Any]) -> Body:
    """Dates for some, every id local; whom an ADHOC one is for is not said."""
    said: Body = {
        "assignment_override_id": local_id(row.id),
        "assignment_id": local_id(row.assignment_id),
        "due_at": row.dates.get("due_at"),
        "all_day": False,
        "all_day_date": None,
        "unlock_at": row.dates.get("unlock_at"),
        "lock_at": row.dates.get("lock_at"),
        "type": "ADHOC",
        "workflow_state": row.workflow_state,
    }
    if row.course_section_id is not None:
        said |= {"type": "CourseSection", "course_section_id": local_id(row.course_section_id)}
    elif row.group_id is not None:
        said |= {"type": "Group", "group_id": local_id(row.group_id)}
    return said
