"""Bodies of what is handed in, graded, assessed and said about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.clock import epoch
from simulator.live_events.envelope import Body, cut, global_id, local_id
from simulator.views.submission_fields import lateness
from simulator.world import rows
from simulator.world.world import World


def submission(world: World, row: rows.Submission, old: Mapping[str, Any]) -> Body:
    """A submission with what was handed in and what it got."""
    assignment = world.assignments[row.assignment_id]
    late, missing, _ = lateness(row, assignment, now_s=epoch(world.now()))
    return {
        "submission_id": global_id(row.id),
        "assignment_id": global_id(row.assignment_id),
        "user_id": global_id(row.user_id),
        "submitted_at": row.submitted_at,
        "lti_user_id": f"user-{row.user_id}-lti",
        "graded_at": row.graded_at,
        "updated_at": world.now(),
        "score": row.score,
        "grade": row.grade,
        "submission_type": row.submission_type,
        "body": cut(row.body),
        "url": row.url,
        "attempt": row.attempt,
        "late": late,
        "missing": missing,
        "lti_assignment_id": f"assignment-{row.assignment_id}-lti",
        "group_id": _group_id(world, row, assignment),
        "posted_at": row.posted_at,
        "workflow_state": row.workflow_state,
    }


def _group_id(world: World, row: rows.Submission, assignment: rows.Assignment) -> str | None:
    """Local, of the group that handed it in."""
    if assignment.group_category_id is None or row.submitted_at is None:
        return None
    for membership in world.group_memberships.of("user_id", row.user_id):
        group = world.groups[membership.group_id]
        alive = membership.workflow_state == "accepted"
        if alive and group.group_category_id == assignment.group_category_id:
            return local_id(group.id)
    return None


def grade_change(world: World, row: rows.Submission, old: Mapping[str, Any]) -> Body:
    """A mark and the one before; `old` may name earlier points of the assignment, too."""
    assignment, student = world.assignments[row.assignment_id], world.users[row.user_id]
    by_a_person = row.grader_id is not None and row.grader_id > 0
    return {
        "submission_id": global_id(row.id),
        "assignment_id": global_id(row.assignment_id),
        "assignment_name": assignment.name,
        "grade": row.grade,
        "old_grade": old.get("grade", row.grade),
        "score": row.score,
        "old_score": old.get("score", row.score),
        "points_possible": assignment.points_possible,
        "old_points_possible": old.get("points_possible", assignment.points_possible),
        "grader_id": global_id(row.grader_id) if by_a_person else None,
        "student_id": global_id(row.user_id),
        "student_sis_id": student.sis_user_id,
        "user_id": global_id(row.user_id),
        "grading_complete": row.workflow_state == "graded",
        "muted": row.posted_at is None,
    }


def comment(world: World, row: rows.SubmissionComment, old: Mapping[str, Any]) -> Body:
    """A comment, every id local; the assignment is not said."""
    return {
        "submission_comment_id": local_id(row.id),
        "submission_id": local_id(row.submission_id),
        "user_id": local_id(row.author_id),
        "created_at": row.created_at,
        "attachment_ids": [str(file_id) for file_id in row.attachments],
        "body": cut(row.comment),
    }


def rubric_assessed(world: World, row: rows.Submission, old: Mapping[str, Any]) -> Body:
    """That a rubric was filled in, every id local; no points."""
    return {
        "id": local_id(row.id),
        "aligned_to_outcomes": False,
        "artifact_id": local_id(row.id),
        "artifact_type": "Submission",
        "assessment_type": "grading",
        "context_uuid": world.courses[row.course_id].uuid,
        "submitted_at": row.submitted_at or world.now(),
        "created_at": world.now(),
        "updated_at": world.now(),
        "attempt": row.attempt,
    }
