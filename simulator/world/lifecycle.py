"""Submission rows come and go with assignments, overrides and enrollments (canvas-api 4.10)."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.world import rows
from simulator.world.grades import STUDENT_TYPES
from simulator.world.states import effective_state
from simulator.world.world import World

ASSIGNABLE = {"active", "invited", "creation_pending", "inactive"}
GONE = {"deleted", "rejected"}
PRIOR = GONE | {"completed"}
FEW_STUDENTS = 5


def refresh_course(world: World, course_id: int, user_ids: Iterable[int] | None = None) -> None:
    """Run the job for every assignment of a course, for all its students unless some are named."""
    chosen = None if user_ids is None else set(user_ids)
    states = _student_states(world, course_id, chosen)
    for assignment in world.assignments.of("course_id", course_id):
        _refresh(world, assignment, states)


def refresh(world: World, assignment: rows.Assignment) -> None:
    """Insert, revive, re-date or soft-delete the rows of an assignment."""
    _refresh(world, assignment, _student_states(world, assignment.course_id, None))


def _refresh(world: World, assignment: rows.Assignment, states: dict[int, set[str]]) -> None:
    if assignment.workflow_state == "deleted":
        return
    existing = _rows_of(world, assignment, states)
    for user_id in sorted(states):
        row, enrolled = existing.get(user_id), states[user_id]
        if enrolled <= PRIOR and not enrolled <= GONE:
            continue
        if enrolled & ASSIGNABLE and is_assigned(world, assignment, user_id):
            place(world, assignment, user_id, row=row)
        elif row is not None and row.workflow_state != "deleted":
            row.workflow_state, row.touched_at = "deleted", world.now()


def _rows_of(
    world: World, assignment: rows.Assignment, states: dict[int, set[str]]
) -> dict[int, rows.Submission]:
    """Rows by student, looked up from the shorter side."""
    if len(states) > FEW_STUDENTS:
        found = world.submissions.of("assignment_id", assignment.id)
    else:
        found = [row for user_id in states for row in world.submissions.of("user_id", user_id)]
    return {row.user_id: row for row in found if row.assignment_id == assignment.id}


def place(
    world: World,
    assignment: rows.Assignment,
    user_id: int,
    *,
    row: rows.Submission | None = None,
) -> rows.Submission:
    """The row of an assigned student, made or revived, with its due date."""
    before = None if row is None else (row.workflow_state, row.cached_due_date)
    if row is None:
        row = world.submissions.add(placeholder(world, assignment, user_id))
    elif row.workflow_state == "deleted":
        row.workflow_state = revived_state(row)
    row.cached_due_date = effective_due(world, assignment, user_id)
    if before != (row.workflow_state, row.cached_due_date) and world.is_made:
        row.touched_at = world.now()
    return row


def placeholder(world: World, assignment: rows.Assignment, user_id: int) -> rows.Submission:
    """A row for work that does not exist yet."""
    row_id = world.new_id("submissions", assignment.course_id)
    return rows.Submission(
        id=row_id,
        assignment_id=assignment.id,
        course_id=assignment.course_id,
        user_id=user_id,
        anonymous_id=anonymous_id(row_id),
        cached_due_date=assignment.due_at,
    )


def anonymous_id(row_id: int) -> str:
    """Five characters that stand for a student whose name is hidden."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    mixed = row_id * 2_654_435_761 % len(letters) ** 5
    return "".join(letters[mixed // len(letters) ** place % len(letters)] for place in range(5))


def revived_state(row: rows.Submission) -> str:
    """The state a row comes back in."""
    if row.score is not None or row.excused:
        return "graded"
    return "submitted" if row.submitted_at is not None else "unsubmitted"


def _student_states(world: World, course_id: int, chosen: set[int] | None) -> dict[int, set[str]]:
    states: dict[int, set[str]] = {}
    for row in world.enrollments.of("course_id", course_id):
        if row.type in STUDENT_TYPES and (chosen is None or row.user_id in chosen):
            states.setdefault(row.user_id, set()).add(effective_state(world, row))
    return states


def is_assigned(world: World, assignment: rows.Assignment, user_id: int) -> bool:
    """Whether a student has this to do."""
    if not assignment.only_visible_to_overrides:
        return True
    return bool(applying(world, assignment, user_id))


def applying(world: World, assignment: rows.Assignment, user_id: int) -> list[rows.Override]:
    """The overrides that apply to a student."""
    if not world.assignment_overrides.ids("assignment_id", assignment.id):
        return []
    found = world.assignment_overrides.of("assignment_id", assignment.id)
    living = [row for row in found if row.workflow_state != "deleted"]
    return [row for row in living if _targets(world, row, user_id)]


def _targets(world: World, row: rows.Override, user_id: int) -> bool:
    if row.student_ids is not None:
        return user_id in row.student_ids
    if row.course_section_id is not None:
        return any(
            enrollment.course_section_id == row.course_section_id
            and enrollment.workflow_state not in GONE
            for enrollment in world.enrollments.of("user_id", user_id)
        )
    return any(
        membership.group_id == row.group_id and membership.workflow_state == "accepted"
        for membership in world.group_memberships.of("user_id", user_id)
    )


def effective_due(world: World, assignment: rows.Assignment, user_id: int) -> str | None:
    """The due date for one student: the most lenient of those that apply."""
    dates = [
        override.dates["due_at"]
        for override in applying(world, assignment, user_id)
        if "due_at" in override.dates
    ]
    if not dates:
        return assignment.due_at
    return None if None in dates else str(max(dates))
