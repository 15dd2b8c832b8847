"""The `school` preset: 200 courses in several terms and sub-accounts, each made when asked for."""

from __future__ import annotations

from simulator.world import rows
from simulator.world.build import campus, person
from simulator.world.generate import Size, make_people, make_structure
from simulator.world.generate_work import make_work
from simulator.world.text import source
from simulator.world.world import World

FIRST_COURSE_ID, COURSES = 101, 200
POOL, FIRST_STUDENT_ID = 2000, 1001
TEACHER_ID = 11
SUBJECTS = ("Biology", "Chemistry", "History", "Physics", "Literature", "Geography", "Music", "Art")
STATES = ("available",) * 14 + ("completed",) * 3 + ("created", "claimed", "deleted")


def fill_school(world: World) -> None:
    """Courses 101 to 300, announced; their rows come with the first request for each."""
    campus(world)
    world.teacher_id = TEACHER_ID
    person(world, TEACHER_ID, "Mira Okonkwo")
    person(world, TEACHER_ID + 1, "Theo Brandt")
    chance = source("school", world.seed)
    make_people(world, chance, first_id=FIRST_STUDENT_ID, count=POOL)
    for course_id in range(FIRST_COURSE_ID, FIRST_COURSE_ID + COURSES):
        subject = SUBJECTS[course_id % len(SUBJECTS)]
        number = course_id - FIRST_COURSE_ID
        world.courses.add(
            rows.Course(
                id=course_id,
                account_id=2 + number % 3,
                name=f"{subject} {number + 1}",
                course_code=f"{subject[:3].upper()}-{course_id}",
                enrollment_term_id=1 + number % 3,
                workflow_state=STATES[number % len(STATES)],
                uuid=f"course-{course_id}-uuid-secret",
                sis_course_id=f"SIS-{course_id}",
            )
        )
        world.makers[course_id] = fill_one


def fill_one(world: World, course: rows.Course) -> None:
    """20 to 60 students from the school's pool, and their work."""
    chance = source("school", world.seed, course.id)
    pool = range(FIRST_STUDENT_ID, FIRST_STUDENT_ID + POOL)
    students = sorted(chance.sample(pool, chance.randint(20, 60)))
    size = Size(sections=1 + course.id % 2, assignments=6, quizzes=1, groups=6)
    make_structure(world, course, chance, size=size, students=students)
    make_work(world, course, chance, body_chars=500)
