"""Whole courses by numbers: people, structure and work, for the presets that are not hand-made."""

from __future__ import annotations

import random
from dataclasses import dataclass

from simulator.clock import days_from_anchor
from simulator.world import rows
from simulator.world.build import enroll, person, section
from simulator.world.text import html, person_name
from simulator.world.tiny.rubrics import criterion
from simulator.world.world import World

STATES = ("active",) * 46 + ("inactive", "completed", "invited", "active")
DAYS_PER_ASSIGNMENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How big a generated course is."""

    sections: int
    assignments: int
    quizzes: int
    groups: int
    description_chars: int = 600


def make_people(world: World, chance: random.Random, *, first_id: int, count: int) -> list[int]:
    """Users with names from a seeded source; the answer is their ids."""
    ids = list(range(first_id, first_id + count))
    for user_id in ids:
        given, family = person_name(chance)
        person(world, user_id, f"{given} {family}")
    return ids


def make_structure(
    world: World, course: rows.Course, chance: random.Random, *, size: Size, students: list[int]
) -> None:
    """Sections, enrollments, assignments, quizzes, rubrics and groups; no submissions yet."""
    _sections(world, course, chance, size=size, students=students)
    _assignments(world, course, chance, size=size)
    _quizzes(world, course, size=size)
    _rubrics(world, course)
    _groups(world, course, size=size)


def _sections(
    world: World, course: rows.Course, chance: random.Random, *, size: Size, students: list[int]
) -> None:
    made = [section(world, course, f"Section {n + 1:02d}") for n in range(size.sections)]
    enroll(world, world.teacher_id, made[0], type="TeacherEnrollment")
    enroll(world, world.teacher_id + 1, made[0], type="TaEnrollment")
    for position, user_id in enumerate(students):
        state = chance.choice(STATES)
        enroll(world, user_id, made[position % len(made)], workflow_state=state)


def _assignments(world: World, course: rows.Course, chance: random.Random, *, size: Size) -> None:
    groups = []
    for position, name in enumerate(("Homework", "Projects", "Quizzes"), start=1):
        row_id = world.new_id("assignment_groups", course.id)
        group = rows.AssignmentGroup(
            id=row_id, course_id=course.id, name=name, position=position, group_weight=100 / 3
        )
        groups.append(world.assignment_groups.add(group))
    span = size.assignments * DAYS_PER_ASSIGNMENT
    for number in range(size.assignments):
        days = number * DAYS_PER_ASSIGNMENT - span * 0.6
        days = days if abs(days) > 2 else days + 4
        row_id = world.new_id("assignments", course.id)
        world.assignments.add(
            rows.Assignment(
                id=row_id,
                course_id=course.id,
                assignment_group_id=groups[number % 2].id,
                name=f"Assignment {number + 1:02d}",
                description=html(chance, size.description_chars),
                position=number + 1,
                points_possible=float(chance.choice((5, 10, 20, 50, 100))),
                due_at=days_from_anchor(days),
                sis_assignment_id=f"ASG-{row_id}",
            )
        )


def _quizzes(world: World, course: rows.Course, *, size: Size) -> None:
    """The last assignments become quizzes; one practice quiz has none."""
    quiz_group = world.assignment_groups.of("course_id", course.id)[2]
    graded = world.assignments.of("course_id", course.id)[-size.quizzes :] if size.quizzes else []
    for assignment in graded:
        quiz = rows.Quiz(
            id=world.new_id("quizzes", course.id),
            course_id=course.id,
            title=assignment.name,
            assignment_id=assignment.id,
            assignment_group_id=quiz_group.id,
        )
        world.quizzes.add(quiz)
        assignment.quiz_id, assignment.assignment_group_id = quiz.id, quiz_group.id
        assignment.submission_types = ["online_quiz"]
    practice = world.new_id("quizzes", course.id)
    world.quizzes.add(
        rows.Quiz(id=practice, course_id=course.id, title="Practice", quiz_type="practice_quiz")
    )


def _rubrics(world: World, course: rows.Course) -> None:
    for title in ("Writing rubric", "Lab rubric"):
        row_id = world.new_id("rubrics", course.id)
        parts = [criterion(f"{row_id}_{n}", f"Criterion {n}", 5.0) for n in (1, 2, 3)]
        world.rubrics.add(
            rows.Rubric(
                id=row_id, course_id=course.id, title=title, points_possible=15.0, criteria=parts
            )
        )
    assignments = world.assignments.of("course_id", course.id)
    for assignment, rubric in zip(
        assignments, world.rubrics.of("course_id", course.id), strict=False
    ):
        world.assignments.change(assignment, rubric_id=rubric.id)
        assignment.use_rubric_for_grading = True


def _groups(world: World, course: rows.Course, *, size: Size) -> None:
    category_id = world.new_id("group_categories", course.id)
    world.group_categories.add(
        rows.GroupCategory(id=category_id, course_id=course.id, name="Project teams")
    )
    made = []
    for number in range(size.groups):
        row_id = world.new_id("groups", course.id)
        group = rows.Group(
            id=row_id,
            course_id=course.id,
            group_category_id=category_id,
            name=f"Team {number + 1:03d}",
        )
        made.append(world.groups.add(group))
    students = [e for e in world.enrollments.of("course_id", course.id) if e.type[0] == "S"]
    for position, enrollment in enumerate(students if made else []):
        world.group_memberships.add(
            rows.GroupMembership(
                id=world.new_id("group_memberships", course.id),
                group_id=made[position % len(made)].id,
                course_id=course.id,
                user_id=enrollment.user_id,
            )
        )
