"""One change of every kind for course 101: which operation, on what, and what it must come to.

`only_in_canvas` names what the simulator counts and the mirror by design does not, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.mutations import OPERATIONS
from simulator.world import rows
from simulator.world.world import World

COURSE, OTHER = 101, 102
Fields = dict[str, Any]


def living(world: World, table: str, **wanted: Any) -> list[Any]:
    """Rows of course 101 that Canvas lists, with the wanted values."""
    found = world.table(table).of("course_id", COURSE)
    return [
        row
        for row in found
        if getattr(row, "workflow_state", "") != "deleted"
        and all(getattr(row, name) == value for name, value in wanted.items())
    ]


def work(world: World, **wanted: Any) -> rows.Submission:
    """A submission that the course's listing shows."""
    listed = {row.id for row in living(world, "assignments", workflow_state="published")}
    found: rows.Submission = next(
        row for row in living(world, "submissions", **wanted) if row.assignment_id in listed
    )
    return found


def student(world: World, *, only_here: bool = True) -> rows.Enrollment:
    """An active student's enrollment, of somebody with no second one."""
    people = living(world, "enrollments", type="StudentEnrollment", workflow_state="active")
    everywhere = [row.user_id for row in world.enrollments]
    found: rows.Enrollment = next(
        row for row in people if not only_here or everywhere.count(row.user_id) == 1
    )
    return found


def member(world: World) -> Fields:
    moved = living(world, "group_memberships", workflow_state="accepted")[0]
    goal = next(g for g in living(world, "groups") if g.id != moved.group_id)
    return {"membership_id": moved.id, "group_id": goal.id}


def criterion(world: World) -> Fields:
    rubric = living(world, "rubrics")[0]
    first, *_ = rubric.criteria
    return {
        "rubric_id": rubric.id,
        "title": f"{rubric.title}!",
        "criteria": {first["id"]: {"description": "Said otherwise"}},
        "add": {"id": "_new", "description": "One more", "points": 1.0, "ratings": []},
    }


def graded(world: World) -> rows.Submission:
    """Somebody's graded work, so that the assignment has something to lose."""
    return work(world, workflow_state="graded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An operation's arguments in a given world, and how the courses are synced afterwards."""

    fields: Callable[[World], Fields]
    sync: tuple[str, ...] = (str(COURSE),)
    only_in_canvas: dict[str, set[str]] = field(default_factory=dict)
    code: int = 0


# No reading of changes shows these (canvas-api 5.3): they wait for the next full one.
IN_FULL = (str(COURSE), "--full")

CHANGES: dict[str, Change] = {
    "demo": Change(fields=lambda w: {"course_id": COURSE}),
    "grade_submission": Change(
        fields=lambda w: {"submission_id": work(w, workflow_state="unsubmitted").id, "score": 3.5}
    ),
    "submit": Change(fields=lambda w: {"submission_id": work(w, workflow_state="unsubmitted").id}),
    "excuse": Change(fields=lambda w: {"submission_id": work(w, excused=False).id}),
    "add_comment": Change(fields=lambda w: {"submission_id": work(w).id}, sync=IN_FULL),
    "edit_comment": Change(
        fields=lambda w: {
            "comment_id": living(w, "submission_comments")[0].id,
            "text": "Said better.",
        },
        sync=IN_FULL,
    ),
    "delete_comment": Change(
        fields=lambda w: {"comment_id": living(w, "submission_comments")[-1].id},
        sync=IN_FULL,
    ),
    "enroll": Change(fields=lambda w: {"course_id": COURSE}),
    "unenroll": Change(fields=lambda w: {"enrollment_id": student(w).id}),
    "conclude_enrollment": Change(fields=lambda w: {"enrollment_id": student(w).id}),
    "merge_users": Change(
        fields=lambda w: {"from_user_id": student(w).user_id, "into_user_id": 21}
    ),
    "rename_course": Change(fields=lambda w: {"course_id": COURSE, "course_code": "BIO-1"}),
    # Its row ends, and what is below is kept as it was (canvas-api 4.2).
    "delete_course": Change(fields=lambda w: {"course_id": 103}, sync=("103",), code=5),
    # The new home first: a section that moved is found there before it is missed at the old one.
    "crosslist_section": Change(
        fields=lambda w: {
            "section_id": living(w, "sections", workflow_state="active")[-1].id,
            "course_id": OTHER,
        },
        # Half of the course's work goes with it, which a person must allow.
        sync=(str(OTHER), str(COURSE), "--accept-deletes"),
    ),
    "set": Change(
        fields=lambda w: {
            "table": "sections",
            "id": living(w, "sections")[0].id,
            "name": "By hand",
        }
    ),
    "remove": Change(
        fields=lambda w: {
            "table": "group_memberships",
            "id": living(w, "group_memberships")[-1].id,
        },
        sync=IN_FULL,
    ),
    # Late and missing follow the clock: refreshed, but the row is not called changed (trap 51).
    "advance_clock": Change(
        fields=lambda w: {"seconds": 30 * 24 * 3600},
        only_in_canvas={"submissions": {"updated"}},
    ),
    "add_group": Change(fields=lambda w: {"course_id": COURSE, "user_ids": [21, 24]}),
    "move_member": Change(fields=member),
    "delete_group": Change(fields=lambda w: {"group_id": living(w, "groups")[0].id}),
    "add_assignment": Change(fields=lambda w: {"course_id": COURSE}),
    "edit_assignment": Change(
        fields=lambda w: {
            "assignment_id": living(w, "assignments")[0].id,
            "points_possible": 31.0,
        }
    ),
    "publish_assignment": Change(
        fields=lambda w: {
            "assignment_id": living(w, "assignments", workflow_state="unpublished")[-1].id
        },
    ),
    "delete_assignment": Change(fields=lambda w: {"assignment_id": graded(w).assignment_id}),
    "add_override": Change(
        fields=lambda w: {
            "assignment_id": living(w, "assignments", workflow_state="published")[0].id,
            "student_ids": [21],
            "due_at": None,
        }
    ),
    "delete_override": Change(
        fields=lambda w: {"override_id": living(w, "assignment_overrides")[-1].id}
    ),
    "delete_quiz": Change(fields=lambda w: {"quiz_id": living(w, "quizzes")[0].id}),
    "edit_rubric": Change(fields=criterion),
    # Last: what the mirror keeps of it would count when more happens to it.
    # Canvas lists no work of an unpublished assignment and keeps it: so does the mirror (trap 49).
    "unpublish_assignment": Change(
        fields=lambda w: {"assignment_id": graded(w).assignment_id},
        only_in_canvas={
            "submissions": {"deleted"},
            "submission_comments": {"deleted"},
            "rubric_assessments": {"deleted"},
        },
    ),
}


def _areas() -> dict[str, list[str]]:
    """Operations by the part of Canvas they belong to, each area one mirror's story."""
    areas: dict[str, list[str]] = {}
    for operation in CHANGES:
        module = OPERATIONS[operation].__module__.rpartition(".")[2]
        areas.setdefault(module, []).append(operation)
    return areas


AREAS = _areas()
