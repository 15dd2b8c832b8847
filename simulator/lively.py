"""Ordinary changes one after the other, so that a Canvas nobody works in looks alive."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from simulator.clock import DAY_S, iso
from simulator.world import rows
from simulator.world.world import World

Step = tuple[str, dict[str, Any]]


def next_change(world: World, chance: Random) -> Step | None:
    """An operation and its fields for the first course that is open; None where nothing fits.

    The same chance asks for the same changes in the same world. Hold the world's lock.
    """
    courses = [row for row in world.courses if row.workflow_state == "available"]
    if not courses:
        return None
    course = min(courses, key=lambda row: row.id)
    world.ensure(course.id)
    choices = [*CHANGES]
    chance.shuffle(choices)
    steps = (choose(world, course, chance) for choose in choices)
    return next((step for step in steps if step is not None), None)


def _grade(world: World, course: rows.Course, chance: Random) -> Step | None:
    found = [row for row in _living(world, course) if row.submitted_at is not None]
    if not found:
        return None
    row = chance.choice(found)
    points = int(world.assignments[row.assignment_id].points_possible or 10)
    return "grade_submission", {"submission_id": row.id, "score": float(chance.randint(0, points))}


def _submit(world: World, course: rows.Course, chance: Random) -> Step | None:
    def open_to(row: rows.Submission) -> bool:
        return "online_text_entry" in world.assignments[row.assignment_id].submission_types

    found = [row for row in _living(world, course) if open_to(row)]
    return ("submit", {"submission_id": chance.choice(found).id}) if found else None


def _comment(world: World, course: rows.Course, chance: Random) -> Step | None:
    found = _living(world, course)
    return ("add_comment", {"submission_id": chance.choice(found).id}) if found else None


def _edit(world: World, course: rows.Course, chance: Random) -> Step | None:
    found = _published(world, course)
    if not found:
        return None
    due_at = iso(world.clock.now_s() + chance.randint(1, 14) * DAY_S)
    return "edit_assignment", {"assignment_id": chance.choice(found).id, "due_at": due_at}


def _published(world: World, course: rows.Course) -> list[rows.Assignment]:
    found = world.assignments.of("course_id", course.id)
    return [row for row in found if row.workflow_state == "published"]


def _living(world: World, course: rows.Course) -> list[rows.Submission]:
    published = {row.id for row in _published(world, course)}
    found = world.submissions.of("course_id", course.id)
    return [r for r in found if r.workflow_state != "deleted" and r.assignment_id in published]


CHANGES: tuple[Callable[[World, rows.Course, Random], Step | None], ...] = (
    *(_grade, _submit, _comment, _edit),
)
