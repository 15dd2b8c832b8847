"""What the students of course 101 handed in, and every way it was graded."""

from __future__ import annotations

from typing import Any

from simulator.clock import days_from_anchor as day
from simulator.world import rows
from simulator.world.build import attach
from simulator.world.grades import give_grade
from simulator.world.lifecycle import place
from simulator.world.tiny.people import (
    AMINA,
    BIOLOGY_ID,
    CASEY,
    GHOST,
    HARRIET,
    HOA,
    JONAS,
    LEE,
    MOHAMMED,
    TEACHER,
    TEST_STUDENT,
    ZOE,
)
from simulator.world.world import World

FULL_MARKS = {
    "_8013": {"rating_id": "blank_2", "comments": "Clean method.", "points": 12.0},
    "blank": {"rating_id": "r_half", "comments": "", "points": 6.5},
}
ODD_MARKS: dict[str, dict[str, Any]] = {
    "_8013": {"rating_id": None, "comments": "Free text only"},
    "blank": {"rating_id": "not_a_rating", "comments": None, "points": None},
    "_gone": {"rating_id": "r_none", "comments": "criterion was removed", "points": 1.0},
}


def hand_in_all(world: World) -> None:
    """Fill the placeholder rows."""
    _lab_report(world)
    _lab_oddities(world)
    _essay(world)
    _anonymous_reflection(world)
    _paper_and_project(world)
    _quizzes(world)


def row_of(world: World, number: int, user_id: int) -> rows.Submission:
    """The row of a student in the course's n-th assignment."""
    assignment = world.assignments.of("course_id", BIOLOGY_ID)[number - 1]
    found = world.submissions.of("assignment_id", assignment.id)
    existing = next((row for row in found if row.user_id == user_id), None)
    return existing or place(world, assignment, user_id)


def hand_in(
    world: World, number: int, user_id: int, *, days: float, **fields: Any
) -> rows.Submission:
    """A first attempt, so many days from the anchor."""
    row = row_of(world, number, user_id)
    row.workflow_state, row.attempt, row.submitted_at = "submitted", 1, day(days)
    row.submission_type = "online_text_entry"
    if "submission_type" not in fields and "attachments" not in fields:
        row.body = f"<p>My work, by {user_id}. Zellen & Kräfte 🌿</p>"
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def grade(
    world: World, row: rows.Submission, score: float | None, *, days: float, **how: Any
) -> None:
    """A grade by the teacher unless `grader_id` says otherwise."""
    assignment = world.assignments[row.assignment_id]
    give_grade(row, assignment, score=score, at=day(days), **({"grader_id": TEACHER} | how))


def comment(world: World, row: rows.Submission, text: str, *, days: float, **fields: Any) -> None:
    """A comment on a row."""
    world.submission_comments.add(
        rows.SubmissionComment(
            id=world.new_id("submission_comments", row.course_id),
            submission_id=row.id,
            course_id=row.course_id,
            comment=text,
            created_at=day(days),
            attempt=row.attempt,
            **fields,
        )
    )


def _lab_report(world: World) -> None:
    row = hand_in(world, 1, AMINA, days=-11)
    grade(world, row, 18.5, days=-8)
    row.rubric_assessment = FULL_MARKS
    comment(world, row, "Well observed! 🔬", days=-8, author_id=TEACHER)
    comment(world, row, "Thank you.", days=-7, author_id=AMINA, edited_at=day(-7))
    row = hand_in(world, 1, JONAS, days=-9)
    grade(world, row, 15.0, days=-8, deducted=1.5)
    row = hand_in(world, 1, LEE, days=-12)
    grade(world, row, 12.0, days=-10)
    row.versions = ({"attempt": 1, "submitted_at": row.submitted_at, "body": row.body},)
    row.attempt, row.submitted_at, row.body = 2, day(-9), "<p>Second try.</p>"
    row.workflow_state, row.grade_matches_current_submission = "submitted", False


def _lab_oddities(world: World) -> None:
    row = row_of(world, 1, ZOE)
    row.workflow_state, row.excused = "graded", True
    row.graded_at, row.grader_id = day(-6), TEACHER
    grade(world, hand_in(world, 1, HOA, days=-13), 20.0, days=-12)
    row = hand_in(world, 1, HARRIET, days=-10)
    grade(world, row, 9.0, days=-7)
    row.rubric_assessment = ODD_MARKS
    comment(world, row, "Said by nobody in particular", days=-6)
    comment(world, row, "", days=-6, author_id=TEACHER, media=True)
    row = hand_in(world, 1, CASEY, days=-10.5)
    grade(world, row, 22.0, days=-7)
    row.extra_attempts = 1
    hand_in(world, 1, TEST_STUDENT, days=-14)
    grade(world, hand_in(world, 1, GHOST, days=-15), 11.0, days=-14)


def _essay(world: World) -> None:
    files = [attach(world, BIOLOGY_ID, f"essay {number}.pdf") for number in (1, 2, 3)]
    upload = {"submission_type": "online_upload"}
    row = hand_in(world, 2, AMINA, days=-6, attachments=(files[0],), **upload)
    grade(world, row, 88.0, days=-3)
    row.rubric_assessment = {"blank": {"rating_id": "r_half", "comments": "", "points": 50.0}}
    row = hand_in(world, 2, CASEY, days=-5.5, attachments=(files[1], files[2]), **upload)
    comment(world, row, "Attached both parts.", days=-5, author_id=CASEY, attachments=(files[2],))
    grade(world, row_of(world, 2, JONAS), -5.0, days=-3)
    late = row_of(world, 2, MOHAMMED)
    late.late_policy_status = "missing"
    grade(world, late, 0.0, days=-3)


def _anonymous_reflection(world: World) -> None:
    hand_in(world, 6, AMINA, days=-4)
    url = {"submission_type": "online_url", "url": "https://blog.example.edu/reflection"}
    hand_in(world, 6, MOHAMMED, days=-3.5, **url)
    row = hand_in(world, 6, LEE, days=-5)
    grade(world, row, 7.5, days=-2)
    comment(world, row, "Thoughtful.", days=-2, author_id=TEACHER)


def _paper_and_project(world: World) -> None:
    grade(world, row_of(world, 4, AMINA), 10.0, days=-18)
    grade(world, row_of(world, 4, LEE), 0.0, days=-18)
    for user_id in (AMINA, MOHAMMED):
        hand_in(world, 7, user_id, days=-1, body="<p>Our ecosystem, together.</p>")


def _quizzes(world: World) -> None:
    quiz = world.quizzes.of("course_id", BIOLOGY_ID)[0]
    taken = {"submission_type": "online_quiz"}
    row = hand_in(
        world, 8, AMINA, days=-8, body=f"user: {AMINA}, quiz: {quiz.id}, score: 4.0", **taken
    )
    grade(world, row, 4.0, days=-8, grader_id=-quiz.id)
    row = hand_in(world, 8, JONAS, days=-7.5, **taken)
    row.workflow_state, row.score, row.grade = "pending_review", 2.0, "2"
    row = hand_in(world, 8, CASEY, days=-7.2, **taken)
    grade(world, row, 5.0, days=-7.2, grader_id=-quiz.id)
    launch = {"submission_type": "basic_lti_launch", "url": "https://quiz-lti.example.edu/lti"}
    grade(world, hand_in(world, 9, MOHAMMED, days=-2, **launch), 6.0, days=-2, grader_id=-4242)
