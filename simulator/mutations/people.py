"""Enrolling, concluding, leaving, and two users becoming one."""

from __future__ import annotations

from simulator.mutations.registry import Result, operation, row
from simulator.views.assignment_fields import needs_grading
from simulator.world import build, rows
from simulator.world.grades import recompute
from simulator.world.lifecycle import refresh_course
from simulator.world.world import World

LOCAL_IDS_BELOW = 10_000_000_000_000


@operation
def enroll(
    world: World,
    course_id: int,
    *,
    user_id: int | None = None,
    name: str = "Nadia Newcomer",
    section_id: int | None = None,
    type: str = "StudentEnrollment",
    state: str = "active",
) -> Result:
    """An enrollment, of a new user unless one is given, with its placeholder submissions.

    Someone deleted from the same section and role comes back in the same row.
    """
    sections = [
        s for s in world.sections.of("course_id", course_id) if s.workflow_state == "active"
    ]
    section = sections[0] if section_id is None else row(world, "sections", section_id)
    user = _user(world, user_id, name)
    enrollment = _former(world, user.id, section, type=type)
    if enrollment is None:
        enrollment = build.enroll(world, user.id, section, type=type, workflow_state=state)
        enrollment.created_at, enrollment.last_activity_at = world.now(), None
        enrollment.total_activity_time = 0
    enrollment.workflow_state, enrollment.updated_at = state, world.now()
    refresh_course(world, course_id, [user.id])
    recompute(world, course_id, [user.id])
    return {"enrollment_id": enrollment.id, "user_id": user.id}


def _user(world: World, user_id: int | None, name: str) -> rows.User:
    if user_id is not None:
        found: rows.User = row(world, "users", user_id)
        return found
    newest = max(user.id for user in world.users if user.id < LOCAL_IDS_BELOW)
    user = build.person(world, newest + 1, name)
    user.created_at, user.last_login = world.now(), None
    return user


def _former(
    world: World, user_id: int, section: rows.Section, *, type: str
) -> rows.Enrollment | None:
    found = world.enrollments.of("user_id", user_id)
    return next((e for e in found if e.course_section_id == section.id and e.type == type), None)


@operation
def unenroll(world: World, enrollment_id: int) -> Result:
    """State deleted; when it was the last one in the course, groups and submissions go too."""
    enrollment = row(world, "enrollments", enrollment_id)
    enrollment.workflow_state, enrollment.updated_at = "deleted", world.now()
    if not _still_there(world, enrollment.user_id, enrollment.course_id):
        leave_groups(world, enrollment.user_id, enrollment.course_id)
        _recount_grading(world, enrollment)
    refresh_course(world, enrollment.course_id, [enrollment.user_id])
    recompute(world, enrollment.course_id, [enrollment.user_id])
    return {"enrollment_id": enrollment.id, "user_id": enrollment.user_id}


def _still_there(world: World, user_id: int, course_id: int) -> bool:
    return any(
        row.course_id == course_id and row.workflow_state not in ("deleted", "rejected")
        for row in world.enrollments.of("user_id", user_id)
    )


def leave_groups(world: World, user_id: int, course_id: int) -> None:
    """A person out of all groups of a course, as Canvas's callback does."""
    for membership in world.group_memberships.of("user_id", user_id):
        if membership.course_id == course_id:
            membership.workflow_state = "deleted"
            group = world.groups[membership.group_id]
            group.leader_id = None if group.leader_id == user_id else group.leader_id


def _recount_grading(world: World, enrollment: rows.Enrollment) -> None:
    """Assignments that had this student's work to grade are touched (canvas-api 4.8)."""
    for submission in world.submissions.of("user_id", enrollment.user_id):
        if submission.course_id == enrollment.course_id and needs_grading(submission):
            world.assignments[submission.assignment_id].updated_at = world.now()


@operation
def conclude_enrollment(world: World, enrollment_id: int) -> Result:
    """State completed; the submissions stay as they are."""
    enrollment = row(world, "enrollments", enrollment_id)
    enrollment.workflow_state, enrollment.updated_at = "completed", world.now()
    return {"enrollment_id": enrollment.id}


@operation
def merge_users(world: World, from_user_id: int, into_user_id: int) -> Result:
    """The first user disappears in the second; rows keep their ids and change their user.

    Where both had a row in the same place, the first user's is deleted (canvas-api 4.5).
    """
    source, target = row(world, "users", from_user_id), row(world, "users", into_user_id)
    _merge_enrollments(world, source.id, target.id)
    _merge_submissions(world, source.id, target.id)
    _merge_memberships(world, source.id, target.id)
    for comment in world.submission_comments:
        if comment.author_id == source.id:
            comment.author_id = target.id
    source.workflow_state, source.merged_into_user_id = "deleted", target.id
    for course_id in {e.course_id for e in world.enrollments.of("user_id", target.id)}:
        refresh_course(world, course_id, [target.id, source.id])
        recompute(world, course_id, [target.id])
    return {"from_user_id": source.id, "into_user_id": target.id}


def _merge_enrollments(world: World, source_id: int, target_id: int) -> None:
    kept = world.enrollments.of("user_id", target_id)
    taken = {(e.course_section_id, e.type, e.associated_user_id) for e in kept}
    for enrollment in world.enrollments.of("user_id", source_id):
        place = (enrollment.course_section_id, enrollment.type, enrollment.associated_user_id)
        if place in taken:
            enrollment.workflow_state = "deleted"
        else:
            world.enrollments.change(enrollment, user_id=target_id)
        enrollment.updated_at = world.now()
    for enrollment in world.enrollments:
        if enrollment.associated_user_id == source_id:
            enrollment.associated_user_id, enrollment.updated_at = target_id, world.now()


def _merge_submissions(world: World, source_id: int, target_id: int) -> None:
    taken = {row.assignment_id for row in world.submissions.of("user_id", target_id)}
    for submission in world.submissions.of("user_id", source_id):
        if submission.assignment_id in taken:
            submission.workflow_state = "deleted"
        else:
            world.submissions.change(submission, user_id=target_id)


def _merge_memberships(world: World, source_id: int, target_id: int) -> None:
    taken = {row.group_id for row in world.group_memberships.of("user_id", target_id)}
    for membership in world.group_memberships.of("user_id", source_id):
        if membership.group_id in taken:
            membership.workflow_state = "deleted"
        else:
            world.group_memberships.change(membership, user_id=target_id)
    for group in world.groups:
        group.leader_id = target_id if group.leader_id == source_id else group.leader_id
