"""Courses renamed and deleted, sections moved to another course."""

from __future__ import annotations

from simulator.mutations.people import leave_groups
from simulator.mutations.registry import Result, operation, row
from simulator.world import rows
from simulator.world.grades import recompute
from simulator.world.lifecycle import refresh_course
from simulator.world.world import World


@operation
def rename_course(
    world: World, course_id: int, *, name: str = "Biology, renamed", course_code: str | None = None
) -> Result:
    """Another name, and another code when given."""
    course = row(world, "courses", course_id)
    course.name, course.course_code = name, course_code or course.course_code
    return {"course_id": course.id}


@operation
def delete_course(world: World, course_id: int) -> Result:
    """State deleted: the course and all below it answer 404."""
    course = row(world, "courses", course_id)
    course.workflow_state = "deleted"
    return {"course_id": course.id}


@operation
def crosslist_section(world: World, section_id: int, *, course_id: int) -> Result:
    """A section and its enrollments move to another course with their ids (canvas-api 4.4)."""
    section, target = row(world, "sections", section_id), row(world, "courses", course_id)
    home_id = section.course_id
    moved = [
        enrollment
        for enrollment in world.enrollments.of("course_id", home_id)
        if enrollment.course_section_id == section.id
    ]
    first_home = section.nonxlist_course_id or home_id
    section.nonxlist_course_id = None if target.id == first_home else first_home
    world.sections.change(section, course_id=target.id)
    for enrollment in moved:
        world.enrollments.change(enrollment, course_id=target.id, updated_at=world.now())
    _leave(world, home_id, moved)
    for touched in (home_id, target.id):
        refresh_course(world, touched)
        recompute(world, touched)
    return {"section_id": section.id, "enrollment_ids": [e.id for e in moved]}


def _leave(world: World, home_id: int, moved: list[rows.Enrollment]) -> None:
    """Those with nothing left at home lose their rows there."""
    staying = {e.user_id for e in world.enrollments.of("course_id", home_id)}
    for user_id in {e.user_id for e in moved} - staying:
        leave_groups(world, user_id, home_id)
        for submission in world.submissions.of("user_id", user_id):
            if submission.course_id == home_id:
                submission.workflow_state = "deleted"
