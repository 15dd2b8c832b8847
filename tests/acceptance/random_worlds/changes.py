"""THE TABLE of what may happen to a Canvas: each operation, on something picked by chance.

Left out is what a mirror by design keeps and a new one has not: names that were hidden once more
(anonymous grading), a rubric that left the course's list. Those have tests of their own.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeAlias

from simulator.clock import DAY_S, iso
from simulator.world.world import World
from tests.acceptance.changes import living

COURSE, OTHER = 101, 102
HOUR_S = 3600
Fields: TypeAlias = dict[str, Any]
Pick: TypeAlias = Callable[[World, random.Random], Fields]


def one(name: str, table: str, **wanted: Any) -> Pick:
    """A row of the course under `name`. Raises IndexError when there is none."""
    return lambda world, rng: {name: rng.choice(living(world, table, **wanted)).id}


def _both(first: Pick, more: Pick) -> Pick:
    return lambda world, rng: first(world, rng) | more(world, rng)


def _date(world: World, rng: random.Random) -> str | None:
    days = rng.choice((-30, -1, 0, 3, 40, None))
    return None if days is None else iso(world.clock.now_s() + days * DAY_S)


def _graded(world: World, rng: random.Random) -> Fields:
    scores = (0.0, -1.5, 3.25, 10.0, 250.0)
    marks = {"blank": {"points": rng.choice((0.0, 1.5)), "comments": rng.choice(("", "Good"))}}
    more = {"rubric_assessment": marks} if rng.random() < 0.3 else {}
    return {"score": rng.choice(scores)} | more


def _enrolled(world: World, rng: random.Random) -> Fields:
    known = [row.user_id for row in living(world, "enrollments")]
    kinds = ("StudentEnrollment", "StudentEnrollment", "TeacherEnrollment", "ObserverEnrollment")
    chosen = {"course_id": COURSE, "type": rng.choice(kinds), "name": "Ida Ny"}
    user = rng.choice([None, *known])
    alive = user is not None and world.users[user].workflow_state != "deleted"
    return chosen | ({"user_id": user} if alive else {})


def _merged(world: World, rng: random.Random) -> Fields:
    students = living(world, "enrollments", type="StudentEnrollment")
    alive = sorted(
        {r.user_id for r in students if world.users[r.user_id].workflow_state != "deleted"}
    )
    source, target = rng.sample(alive, 2)
    return {"from_user_id": source, "into_user_id": target}


def _crosslisted(world: World, rng: random.Random) -> Fields:
    homes = {COURSE: OTHER, OTHER: COURSE}
    sections = [s for s in world.sections if s.course_id in homes and s.workflow_state == "active"]
    counts = [s.course_id for s in sections]
    movable = [s for s in sections if counts.count(s.course_id) > 1]
    section = rng.choice(movable)
    return {"section_id": section.id, "course_id": homes[section.course_id]}


def _moved(world: World, rng: random.Random) -> Fields:
    member = rng.choice(living(world, "group_memberships", workflow_state="accepted"))
    others = [g.id for g in living(world, "groups") if g.id != member.group_id]
    return {"membership_id": member.id, "group_id": rng.choice(others)}


def _edited(world: World, rng: random.Random) -> Fields:
    fields: Fields = {
        "points_possible": rng.choice((None, 0.0, 12.5)),
        "due_at": _date(world, rng),
        "only_visible_to_overrides": rng.random() < 0.3,
        "description": rng.choice((None, "<p>Other words</p>")),
        "position": rng.randrange(9),
        "allowed_extensions": rng.choice((None, ["pdf"])),
        "rubric_id": rng.choice([None, *(r.id for r in living(world, "rubrics"))]),
    }
    name = rng.choice(sorted(fields))
    return {name: fields[name]}


def _overridden(world: World, rng: random.Random) -> Fields:
    targets: list[Fields] = [
        {
            "student_ids": [
                rng.choice(living(world, "enrollments", type="StudentEnrollment")).user_id
            ]
        },
        {"section_id": rng.choice(living(world, "sections")).id},
    ]
    for group in living(world, "groups")[:1]:
        targets.append({"group_id": group.id})  # noqa: PERF401 -- mypy loses the type otherwise
    dates = {name: _date(world, rng) for name in ("due_at", "lock_at") if rng.random() < 0.6}
    return rng.choice(targets) | dates


def _criteria(world: World, rng: random.Random) -> Fields:
    rubric = rng.choice([row for row in living(world, "rubrics") if row.criteria])
    part = rng.choice(rubric.criteria)
    added = {"id": f"_n{rng.randrange(99)}", "description": "New", "points": 2.0, "ratings": []}
    ways: list[Fields] = [
        {"title": f"Rubric {rng.randrange(99)}"},
        {"criteria": {part["id"]: {"description": "Said otherwise", "points": 4.0}}},
        {"drop": part["id"]},
        {"add": added | {"ratings": [{"id": "a", "description": "Full", "points": 2.0}]}},
    ]
    return {"rubric_id": rubric.id} | rng.choice(ways)


def _set(world: World, rng: random.Random) -> Fields:
    """By hand, without the traces Canvas leaves of other changes."""
    choices: list[tuple[str, Fields]] = [
        ("sections", {"name": "By hand"}),
        ("users", {"sortable_name": "Hand, By"}),
        ("enrollments", {"last_activity_at": world.now()}),
        ("groups", {"name": "By hand", "max_membership": 4}),
        ("assignment_groups", {"group_weight": 12.5, "rules": {"drop_lowest": 1}}),
        ("submissions", {"posted_at": world.now()}),
        ("submissions", {"rubric_assessment": None}),
        ("submissions", {"late_policy_status": "missing"}),
        ("quizzes", {"title": "By hand", "time_limit": 20}),
        ("courses", {"start_at": world.now()}),
    ]
    table, fields = rng.choice(choices)
    if table == "users":
        chosen = rng.choice(living(world, "enrollments")).user_id
    elif table == "courses":
        chosen = COURSE
    else:
        chosen = rng.choice(living(world, table)).id
    return {"table": table, "id": chosen, **fields}


def _removed(world: World, rng: random.Random) -> Fields:
    table = rng.choice(("group_memberships", "submission_comments", "assignment_overrides"))
    return {"table": table, "id": rng.choice(living(world, table)).id}


def _ended(world: World, rng: random.Random) -> Fields:
    others = [c.id for c in world.courses if c.id == 103 and c.workflow_state != "deleted"]
    return {"course_id": rng.choice(others)}


def _later(world: World, rng: random.Random) -> Fields:
    return {"seconds": rng.choice((60, HOUR_S, DAY_S + 60, 30 * DAY_S))}


WORK = one("submission_id", "submissions")
TASK = one("assignment_id", "assignments")
CHANGES: dict[str, Pick] = {
    "demo": lambda world, rng: {"course_id": COURSE},
    "grade_submission": _both(WORK, _graded),
    "submit": WORK,
    "excuse": WORK,
    "add_comment": WORK,
    "edit_comment": _both(
        one("comment_id", "submission_comments"), lambda world, rng: {"text": "Said better."}
    ),
    "delete_comment": one("comment_id", "submission_comments"),
    "enroll": _enrolled,
    "unenroll": one("enrollment_id", "enrollments", type="StudentEnrollment"),
    "conclude_enrollment": one("enrollment_id", "enrollments", type="StudentEnrollment"),
    "merge_users": _merged,
    "rename_course": lambda world, rng: {"course_id": COURSE, "name": f"Course {rng.random():.3f}"},
    # Of the mirrored courses none: it would answer nothing from then on.
    "delete_course": _ended,
    "crosslist_section": _crosslisted,
    "set": _set,
    "remove": _removed,
    "advance_clock": _later,
    "add_group": lambda world, rng: {
        "course_id": COURSE,
        "user_ids": [rng.choice(living(world, "enrollments", type="StudentEnrollment")).user_id],
    },
    "move_member": _moved,
    "delete_group": one("group_id", "groups"),
    "add_assignment": lambda world, rng: {"course_id": COURSE, "due_at": _date(world, rng)},
    "edit_assignment": _both(TASK, _edited),
    "publish_assignment": one("assignment_id", "assignments", workflow_state="unpublished"),
    "unpublish_assignment": one("assignment_id", "assignments", workflow_state="published"),
    "delete_assignment": TASK,
    "add_override": _both(TASK, _overridden),
    "delete_override": one("override_id", "assignment_overrides"),
    "delete_quiz": one("quiz_id", "quizzes"),
    "edit_rubric": _criteria,
}
