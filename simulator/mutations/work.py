"""Assignments, overrides, quizzes and rubrics added, edited and deleted."""

from __future__ import annotations

import copy
from typing import Any

from simulator.clock import DAY_S, iso
from simulator.mutations.registry import Result, operation, row
from simulator.world import rows
from simulator.world.grades import recompute
from simulator.world.lifecycle import refresh
from simulator.world.world import World

DATES = ("due_at", "unlock_at", "lock_at")


@operation
def add_assignment(
    world: World, course_id: int, *, name: str = "Extra task", **fields: Any
) -> Result:
    """A published assignment due in a week, with a placeholder for every student."""
    groups = world.assignment_groups.of("course_id", course_id)
    row_id = world.new_id("assignments", course_id)
    defaults: dict[str, Any] = {
        "assignment_group_id": groups[0].id,
        "description": "<p>New.</p>",
        "position": len(world.assignments.ids("course_id", course_id)) + 1,
        "due_at": iso(world.clock.now_s() + 7 * DAY_S),
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    made = rows.Assignment(id=row_id, course_id=course_id, name=name, **(defaults | fields))
    world.assignments.add(made)
    _settle(world, made)
    return {"assignment_id": made.id}


def _settle(world: World, assignment: rows.Assignment) -> None:
    """Rows and totals after a change to an assignment."""
    refresh(world, assignment)
    recompute(world, assignment.course_id)


@operation
def edit_assignment(world: World, assignment_id: int, **fields: Any) -> Result:
    """Other values for fields; a new name when none is given."""
    assignment = row(world, "assignments", assignment_id)
    world.assignments.change(assignment, **(fields or {"name": f"{assignment.name[:200]} (new)"}))
    assignment.updated_at = world.now()
    if assignment.quiz_id is not None:
        world.quizzes[assignment.quiz_id].version_number += 1
    _settle(world, assignment)
    return {"assignment_id": assignment.id}


@operation
def unpublish_assignment(world: World, assignment_id: int) -> Result:
    """Its submissions leave the course's listing (canvas-api 4.11)."""
    return _publish(world, assignment_id, "unpublished")


@operation
def publish_assignment(world: World, assignment_id: int) -> Result:
    """Its submissions are listed again."""
    return _publish(world, assignment_id, "published")


def _publish(world: World, assignment_id: int, state: str) -> Result:
    assignment = row(world, "assignments", assignment_id)
    assignment.workflow_state, assignment.updated_at = state, world.now()
    recompute(world, assignment.course_id)
    return {"assignment_id": assignment.id}


@operation
def delete_assignment(world: World, assignment_id: int) -> Result:
    """Gone with its overrides, its rows and its quiz."""
    assignment = row(world, "assignments", assignment_id)
    assignment.workflow_state, assignment.updated_at = "deleted", world.now()
    for override in world.assignment_overrides.of("assignment_id", assignment.id):
        override.workflow_state = "deleted"
    for submission in world.submissions.of("assignment_id", assignment.id):
        submission.workflow_state = "deleted"
    if assignment.quiz_id is not None:
        world.quizzes[assignment.quiz_id].workflow_state = "deleted"
    recompute(world, assignment.course_id)
    return {"assignment_id": assignment.id}


@operation
def add_override(
    world: World,
    assignment_id: int,
    *,
    student_ids: list[int] | None = None,
    section_id: int | None = None,
    group_id: int | None = None,
    title: str = "",
    **dates: Any,
) -> Result:
    """Dates for one target; pass due_at, unlock_at, lock_at for those to override, null allowed."""
    assignment = row(world, "assignments", assignment_id)
    override = rows.Override(
        id=world.new_id("assignment_overrides", assignment.course_id),
        assignment_id=assignment.id,
        course_id=assignment.course_id,
        title=title or f"{len(student_ids or [1])} target(s)",
        student_ids=list(student_ids) if student_ids else None,
        course_section_id=section_id,
        group_id=group_id,
        dates={name: dates[name] for name in DATES if name in dates},
    )
    world.assignment_overrides.add(override)
    assignment.updated_at = world.now()
    _settle(world, assignment)
    return {"override_id": override.id}


@operation
def delete_override(world: World, override_id: int) -> Result:
    """The base dates apply again; with only_visible_to_overrides students lose their rows."""
    override = row(world, "assignment_overrides", override_id)
    override.workflow_state = "deleted"
    assignment = world.assignments[override.assignment_id]
    assignment.updated_at = world.now()
    _settle(world, assignment)
    return {"override_id": override.id}


@operation
def delete_quiz(world: World, quiz_id: int) -> Result:
    """A classic quiz, with its assignment if it has one."""
    quiz = row(world, "quizzes", quiz_id)
    quiz.workflow_state = "deleted"
    if quiz.assignment_id is not None:
        delete_assignment(world, quiz.assignment_id)
    return {"quiz_id": quiz.id}


@operation
def edit_rubric(
    world: World,
    rubric_id: int,
    *,
    title: str | None = None,
    criteria: dict[str, dict[str, Any]] | None = None,
    drop: str | None = None,
    add: dict[str, Any] | None = None,
) -> Result:
    """Another title, fields of criteria by their id, a criterion less, a criterion more.

    Marks under a dropped criterion stay on the submissions; assignments using it are touched.
    """
    rubric = row(world, "rubrics", rubric_id)
    kept = [part for part in copy.deepcopy(rubric.criteria) if part["id"] != drop]
    for part in kept:
        part.update((criteria or {}).get(part["id"], {}))
    rubric.criteria = kept if add is None else [*kept, add]
    rubric.title = title or rubric.title
    counted = (p["points"] for p in rubric.criteria if not p.get("ignore_for_scoring"))
    rubric.points_possible = sum(counted)
    for assignment in world.assignments.of("rubric_id", rubric.id):
        assignment.updated_at = world.now()
    return {"rubric_id": rubric.id}
