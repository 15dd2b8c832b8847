"""Handing in, grading, excusing and commenting."""

from __future__ import annotations

from typing import Any

from simulator.mutations.registry import Result, operation, row
from simulator.world import rows
from simulator.world.grades import give_grade, recompute
from simulator.world.world import World


@operation
def grade_submission(
    world: World,
    submission_id: int,
    *,
    score: float | None = None,
    grader_id: int | None = None,
    deducted: float | None = None,
    rubric_assessment: dict[str, dict[str, Any]] | None = None,
) -> Result:
    """A grade, 80 % of the points unless a score is given, and what it does to the totals."""
    submission = row(world, "submissions", submission_id)
    assignment = world.assignments[submission.assignment_id]
    given = score if score is not None else round((assignment.points_possible or 10.0) * 0.8, 1)
    give_grade(
        submission,
        assignment,
        score=given,
        at=world.now(),
        grader_id=grader_id or world.teacher_id,
        deducted=deducted,
    )
    if rubric_assessment is not None:
        submission.rubric_assessment = rubric_assessment
    recompute(world, submission.course_id, [submission.user_id])
    return {"submission_id": submission.id, "score": submission.score}


@operation
def submit(
    world: World, submission_id: int, *, body: str = "<p>Handed in.</p>", url: str | None = None
) -> Result:
    """A new attempt; in a group assignment it counts for every member."""
    submission = row(world, "submissions", submission_id)
    handed_in = [submission, *_teammates(world, submission)]
    for member in handed_in:
        _hand_in(world, member, body=body, url=url)
    return {"submission_ids": [member.id for member in handed_in]}


def _hand_in(world: World, submission: rows.Submission, *, body: str, url: str | None) -> None:
    if submission.submitted_at is not None:
        earlier = {name: getattr(submission, name) for name in ("attempt", "submitted_at", "body")}
        submission.versions = (*submission.versions, earlier)
    kind = "online_url" if url is not None else "online_text_entry"
    submission.attempt = (submission.attempt or 0) + 1
    submission.submitted_at = world.now()
    submission.submission_type, submission.body, submission.url = kind, body, url
    submission.attachments = ()
    submission.workflow_state = "submitted"
    submission.grade_matches_current_submission = submission.graded_at is None


def _teammates(world: World, submission: rows.Submission) -> list[rows.Submission]:
    category_id = world.assignments[submission.assignment_id].group_category_id
    if category_id is None:
        return []
    mates: set[int] = set()
    for group in world.groups.of("group_category_id", category_id):
        memberships = world.group_memberships.of("group_id", group.id)
        members = {m.user_id for m in memberships if m.workflow_state == "accepted"}
        mates |= members if submission.user_id in members else set()
    found = world.submissions.of("assignment_id", submission.assignment_id)
    others = mates - {submission.user_id}
    return [mate for mate in found if mate.user_id in others and mate.workflow_state != "deleted"]


@operation
def excuse(world: World, submission_id: int) -> Result:
    """No score, no lateness, and out of the totals."""
    submission = row(world, "submissions", submission_id)
    submission.excused, submission.workflow_state = True, "graded"
    submission.score = submission.entered_score = submission.points_deducted = None
    submission.grade = submission.entered_grade = None
    submission.graded_at, submission.grader_id = world.now(), world.teacher_id
    submission.grade_matches_current_submission = True
    recompute(world, submission.course_id, [submission.user_id])
    return {"submission_id": submission.id}


@operation
def add_comment(
    world: World,
    submission_id: int,
    *,
    text: str = "Please see me about this.",
    author_id: int | None = None,
    anonymous: bool = False,
) -> Result:
    """A comment, by the teacher unless said; it leaves the submission's own row alone."""
    submission = row(world, "submissions", submission_id)
    comment = rows.SubmissionComment(
        id=world.new_id("submission_comments", submission.course_id),
        submission_id=submission.id,
        course_id=submission.course_id,
        comment=text,
        created_at=world.now(),
        author_id=None if anonymous else author_id or world.teacher_id,
        attempt=submission.attempt,
    )
    world.submission_comments.add(comment)
    return {"comment_id": comment.id}


@operation
def edit_comment(world: World, comment_id: int, *, text: str) -> Result:
    """Other words in a comment."""
    comment = row(world, "submission_comments", comment_id)
    comment.comment, comment.edited_at = text, world.now()
    return {"comment_id": comment.id}


@operation
def delete_comment(world: World, comment_id: int) -> Result:
    """A comment gone without trace."""
    row(world, "submission_comments", comment_id)
    world.submission_comments.drop(comment_id)
    return {"comment_id": comment_id}
