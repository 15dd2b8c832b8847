"""The `course` preset: one course of 1,000 students and 50 assignments, for benchmarks."""

from __future__ import annotations

from simulator.world import rows
from simulator.world.build import campus, person
from simulator.world.generate import Size, make_people, make_structure
from simulator.world.generate_work import make_work
from simulator.world.text import source
from simulator.world.world import World

COURSE_ID = 101
STUDENTS, ASSIGNMENTS = 1000, 50
BODY_CHARS = 900
TEACHER_ID, FIRST_STUDENT_ID = 11, 1001


def fill_course(world: World) -> None:
    """Course 101 with 50,000 submissions."""
    campus(world)
    world.teacher_id = TEACHER_ID
    person(world, TEACHER_ID, "Mira Okonkwo")
    person(world, TEACHER_ID + 1, "Theo Brandt")
    chance = source("course", world.seed)
    students = make_people(world, chance, first_id=FIRST_STUDENT_ID, count=STUDENTS)
    course = world.courses.add(
        rows.Course(
            id=COURSE_ID,
            account_id=3,
            name="Introduction to Biology",
            course_code="BIO-101",
            enrollment_term_id=2,
            uuid="course-101-uuid-secret",
            sis_course_id="2026-AU-BIO-101",
        )
    )
    size = Size(sections=4, assignments=ASSIGNMENTS, quizzes=3, groups=200)
    make_structure(world, course, chance, size=size, students=students)
    make_work(world, course, chance, body_chars=BODY_CHARS)
