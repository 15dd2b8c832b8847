"""Courses 102, where names are very long, and 103, closed to its teacher by date."""

from __future__ import annotations

from simulator.clock import days_from_anchor
from simulator.world import rows
from simulator.world.build import enroll, person, section
from simulator.world.grades import give_grade, recompute
from simulator.world.lifecycle import refresh_course
from simulator.world.text import long_name
from simulator.world.tiny.people import AMINA, LEE, LONG_NAME, TEACHER
from simulator.world.world import World


def fill_long_names(world: World) -> None:
    """Course 102: 300 characters for the course and for a student."""
    person(world, LONG_NAME, long_name("Pablo Diego José Francisco de Paula", 300))
    course = world.courses.add(
        rows.Course(
            id=102,
            account_id=2,
            name=long_name("Advanced topics in the history of science", 300),
            course_code="HIS-210",
            enrollment_term_id=2,
            uuid="course-102-uuid-secret",
            sis_course_id="2026-AU-HIS-210",
        )
    )
    _fill(world, course, students=(AMINA, LONG_NAME), assignments=2)


def fill_restricted(world: World) -> None:
    """Course 103: for its teacher only a stub."""
    course = world.courses.add(
        rows.Course(
            id=103,
            account_id=4,
            name="Seminar: Museum work",
            course_code="ART-330",
            enrollment_term_id=3,
            uuid="course-103-uuid-secret",
            restrict_enrollments_to_course_dates=True,
            start_at="2026-02-16T00:00:00Z",
            end_at="2026-06-05T22:00:00Z",
            restricted_by_date=True,
            sis_course_id="2026-SP-ART-330",
        )
    )
    _fill(world, course, students=(LEE,), assignments=1)


def _fill(
    world: World, course: rows.Course, *, students: tuple[int, ...], assignments: int
) -> None:
    only = section(world, course, course.course_code or "Section")
    enroll(world, TEACHER, only, type="TeacherEnrollment")
    for user_id in students:
        enroll(world, user_id, only)
    group_id = world.new_id("assignment_groups", course.id)
    world.assignment_groups.add(
        rows.AssignmentGroup(id=group_id, course_id=course.id, name="Assignments", position=1)
    )
    for number in range(1, assignments + 1):
        row_id = world.new_id("assignments", course.id)
        world.assignments.add(
            rows.Assignment(
                id=row_id,
                course_id=course.id,
                assignment_group_id=group_id,
                name=f"Reading response {number}",
                position=number,
                due_at=days_from_anchor(-10 * number),
            )
        )
    refresh_course(world, course.id)
    _grade_first(world, course)


def _grade_first(world: World, course: rows.Course) -> None:
    row = world.submissions.of("course_id", course.id)[0]
    row.submission_type, row.attempt, row.submitted_at = (
        "online_text_entry",
        1,
        "2026-09-01T09:00:00Z",
    )
    row.body = "<p>Read and answered.</p>"
    assignment = world.assignments[row.assignment_id]
    give_grade(row, assignment, score=9.0, at="2026-09-04T09:00:00Z", grader_id=TEACHER)
    recompute(world, course.id)
