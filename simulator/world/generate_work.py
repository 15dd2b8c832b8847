"""Submissions by the ten thousand: a realistic mix, long texts shared so memory stays small."""

from __future__ import annotations

import random
from typing import Any

from simulator.clock import ANCHOR, DAY_S, epoch, iso
from simulator.world import rows
from simulator.world.grades import STUDENT_TYPES, give_grade, recompute
from simulator.world.lifecycle import anonymous_id
from simulator.world.text import html, prose
from simulator.world.world import World

BODIES, COMMENTS = 240, 60
UNSUBMITTED, GRADED, COMMENTED, ASSESSED = 0.15, 0.85, 0.10, 0.5
GRADING_DAYS = 4


class Pool:
    """The texts and marks a course's submissions draw from."""

    def __init__(self, chance: random.Random, *, body_chars: int) -> None:
        self.chance = chance
        sizes = (int(body_chars * chance.uniform(0.6, 1.4)) for _ in range(BODIES))
        self.bodies = [html(chance, size) for size in sizes]
        self.comments = [prose(chance, 80) for _ in range(COMMENTS)]


def make_work(world: World, course: rows.Course, chance: random.Random, *, body_chars: int) -> None:
    """One row per student and published assignment, graded or not, some with comments."""
    pool = Pool(chance, body_chars=body_chars)
    students = sorted(
        {
            row.user_id
            for row in world.enrollments.of("course_id", course.id)
            if row.type in STUDENT_TYPES and row.workflow_state not in ("deleted", "rejected")
        }
    )
    for assignment in world.assignments.of("course_id", course.id):
        marks = _mark_pool(world, assignment)
        for user_id in students:
            row = _placeholder(world, assignment, user_id)
            if chance.random() > UNSUBMITTED:
                _fill(world, row, assignment, pool=pool, marks=marks)
    recompute(world, course.id)


def _placeholder(world: World, assignment: rows.Assignment, user_id: int) -> rows.Submission:
    row_id = world.new_id("submissions", assignment.course_id)
    return world.submissions.add(
        rows.Submission(
            id=row_id,
            assignment_id=assignment.id,
            course_id=assignment.course_id,
            user_id=user_id,
            anonymous_id=anonymous_id(row_id),
            cached_due_date=assignment.due_at,
        )
    )


def _mark_pool(world: World, assignment: rows.Assignment) -> list[dict[str, dict[str, Any]]]:
    """A few complete assessments of the assignment's rubric, or none."""
    rubric = world.rubrics.get(assignment.rubric_id)
    if rubric is None:
        return []
    return [
        {
            part["id"]: {
                "rating_id": part["ratings"][choice]["id"],
                "comments": "",
                "points": part["ratings"][choice]["points"],
            }
            for part in rubric.criteria
        }
        for choice in range(3)
    ]


def _fill(
    world: World,
    row: rows.Submission,
    assignment: rows.Assignment,
    *,
    pool: Pool,
    marks: list[dict[str, dict[str, Any]]],
) -> None:
    chance = pool.chance
    due = epoch(assignment.due_at or ANCHOR)
    handed_in = int(due + chance.triangular(-4 * DAY_S, DAY_S, -DAY_S / 2))
    if handed_in > epoch(ANCHOR):
        return
    row.workflow_state, row.attempt, row.submitted_at = "submitted", 1, iso(handed_in)
    row.submission_type = assignment.submission_types[0]
    row.body = chance.choice(pool.bodies)
    if chance.random() < GRADED and due + GRADING_DAYS * DAY_S < epoch(ANCHOR):
        _grade(world, row, assignment, chance=chance)
        if marks and chance.random() < ASSESSED:
            row.rubric_assessment = chance.choice(marks)
    if chance.random() < COMMENTED:
        _comment(world, row, chance.choice(pool.comments), at=iso(handed_in + DAY_S))


def _grade(
    world: World, row: rows.Submission, assignment: rows.Assignment, *, chance: random.Random
) -> None:
    score = round((assignment.points_possible or 10.0) * chance.triangular(0.3, 1.05, 0.85) * 2) / 2
    at = iso(epoch(assignment.due_at or ANCHOR) + chance.randint(1, GRADING_DAYS) * DAY_S)
    grader = -assignment.quiz_id if assignment.quiz_id else world.teacher_id
    give_grade(row, assignment, score=score, at=at, grader_id=grader)


def _comment(world: World, row: rows.Submission, text: str, *, at: str) -> None:
    world.submission_comments.add(
        rows.SubmissionComment(
            id=world.new_id("submission_comments", row.course_id),
            submission_id=row.id,
            course_id=row.course_id,
            author_id=world.teacher_id,
            comment=text,
            created_at=min(at, ANCHOR),
            attempt=row.attempt,
        )
    )
