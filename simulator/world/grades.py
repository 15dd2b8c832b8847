"""Marks: how a score is written, and what it does to a student's totals."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.world import rows
from simulator.world.world import World

LETTERS = ((93, "A"), (90, "A-"), (87, "B+"), (83, "B"), (80, "B-"), (70, "C"), (60, "D"))
STUDENT_TYPES = ("StudentEnrollment", "StudentViewEnrollment")


def grade_text(assignment: rows.Assignment, score: float | None) -> str | None:
    """The grade as the assignment's grading type writes it (canvas-api 4.12)."""
    if score is None or assignment.grading_type == "not_graded":
        return None
    percent = 100 * score / assignment.points_possible if assignment.points_possible else 0.0
    if assignment.grading_type == "letter_grade":
        return next((letter for floor, letter in LETTERS if percent >= floor), "F")
    if assignment.grading_type == "percent":
        return f"{round(percent, 2):g}%"
    if assignment.grading_type == "pass_fail":
        return "complete" if score > 0 else "incomplete"
    return f"{score:g}"


def give_grade(
    submission: rows.Submission,
    assignment: rows.Assignment,
    *,
    score: float | None,
    at: str,
    grader_id: int | None,
    deducted: float | None = None,
) -> None:
    """Grade a row in place: entered and final score, text, time, grader, posting."""
    submission.entered_score = score
    submission.score = None if score is None else score - (deducted or 0.0)
    submission.points_deducted = deducted
    submission.entered_grade = grade_text(assignment, score)
    submission.grade = grade_text(assignment, submission.score)
    submission.graded_at, submission.grader_id = at, grader_id
    submission.workflow_state, submission.excused = "graded", False
    submission.grade_matches_current_submission = True
    submission.posted_at = None if assignment.post_manually else at


def recompute(world: World, course_id: int, user_ids: Iterable[int] | None = None) -> None:
    """Set the totals of a course's students, all of them unless some are named."""
    counted = {
        row.id: row.points_possible
        for row in world.assignments.of("course_id", course_id)
        if row.workflow_state == "published" and row.points_possible
        if not row.omit_from_final_grade and row.grading_type != "not_graded"
    }
    wanted = None if user_ids is None else set(user_ids)
    for enrollment in world.enrollments.of("course_id", course_id):
        if enrollment.type not in STUDENT_TYPES or enrollment.workflow_state == "deleted":
            continue
        if wanted is None or enrollment.user_id in wanted:
            totals = _totals(world, enrollment, counted)
            enrollment.current_score, enrollment.final_score = totals


def _totals(
    world: World, enrollment: rows.Enrollment, counted: dict[int, float]
) -> tuple[float | None, float | None]:
    """Current (graded work only) and final (the rest counts zero) score in percent."""
    earned = possible = everything = 0.0
    for row in world.submissions.of("user_id", enrollment.user_id):
        points = counted.get(row.assignment_id)
        if points is None or row.workflow_state == "deleted" or row.excused:
            continue
        everything += points
        if row.score is not None:
            earned += row.score
            possible += points
    current = round(100 * earned / possible, 2) if possible else None
    final = round(100 * earned / everything, 2) if everything else None
    return current, final
