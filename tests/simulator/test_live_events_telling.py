"""Which events each operation causes, and which ids their bodies bear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from simulator import Canvas
from simulator.live_events.bodies import BODIES
from simulator.live_events.rules import RULES, SILENT
from simulator.mutations import OPERATIONS
from simulator.world.tiny.people import AMINA, CASEY, HARRIET, JONAS, LEE, MOHAMMED
from simulator.world.world import World
from tests.simulator.conftest import Starter

C = 101_000_000
SHARD = 21_070_000_000_000_000
Fields = Callable[[World], dict[str, Any]]


def submission(world: World, number: int, user_id: int) -> int:
    """Id of a student's row in the n-th assignment of course 101."""
    found = world.submissions.of("assignment_id", C + number)
    return next(row.id for row in found if row.user_id == user_id)


def enrollment(world: World, user_id: int) -> int:
    return world.enrollments.ids("user_id", user_id)[0]


def membership(world: World, user_id: int) -> int:
    return world.group_memberships.ids("user_id", user_id)[0]


def overridden(world: World) -> int:
    """An assignment with dates for some."""
    return world.assignment_overrides[C + 1].assignment_id


NEWCOMER = "user_created user_account_association_created enrollment_created"
MARKED = "submission_updated grade_change"
CASES: list[tuple[str, Fields, str]] = [
    ("grade_submission", lambda w: {"submission_id": submission(w, 1, MOHAMMED)}, MARKED),
    (
        "grade_submission",
        lambda w: {
            "submission_id": submission(w, 1, MOHAMMED),
            "rubric_assessment": {"blank": {"rating_id": "r_none", "points": 0.0}},
        },
        f"{MARKED} rubric_assessed",
    ),
    ("submit", lambda w: {"submission_id": submission(w, 1, AMINA)}, "submission_created"),
    ("submit", lambda w: {"submission_id": submission(w, 7, LEE)}, "submission_created"),
    ("excuse", lambda w: {"submission_id": submission(w, 1, CASEY)}, MARKED),
    (
        "add_comment",
        lambda w: {"submission_id": submission(w, 1, CASEY)},
        "submission_comment_created",
    ),
    ("edit_comment", lambda w: {"comment_id": C + 1, "text": "Rewritten"}, ""),
    ("delete_comment", lambda w: {"comment_id": C + 1}, ""),
    ("enroll", lambda w: {"course_id": 101}, f"{NEWCOMER} enrollment_state_created"),
    (
        "enroll",
        lambda w: {"course_id": 102, "user_id": CASEY},
        "enrollment_created enrollment_state_created",
    ),
    (
        "unenroll",
        lambda w: {"enrollment_id": enrollment(w, HARRIET)},
        "enrollment_updated enrollment_state_updated group_membership_updated",
    ),
    (
        "conclude_enrollment",
        lambda w: {"enrollment_id": enrollment(w, HARRIET)},
        "enrollment_updated enrollment_state_updated",
    ),
    ("merge_users", lambda w: {"from_user_id": LEE, "into_user_id": MOHAMMED}, "user_updated"),
    ("merge_users", lambda w: {"from_user_id": LEE, "into_user_id": HARRIET}, "user_updated"),
    ("rename_course", lambda w: {"course_id": 101}, "course_updated"),
    ("delete_course", lambda w: {"course_id": 101}, "course_updated"),
    (
        "crosslist_section",
        lambda w: {"section_id": C + 2, "course_id": 102},
        "course_section_updated",
    ),
    (
        "add_assignment",
        lambda w: {"course_id": 101, "omit_from_final_grade": True},
        "assignment_created",
    ),
    (
        "edit_assignment",
        lambda w: {"assignment_id": C + 1, "due_at": None},
        "assignment_updated",
    ),
    # Not in the body of the event, so Canvas may well say nothing.
    ("edit_assignment", lambda w: {"assignment_id": C + 1, "allowed_attempts": 3}, ""),
    ("unpublish_assignment", lambda w: {"assignment_id": C + 1}, "assignment_updated"),
    ("publish_assignment", lambda w: {"assignment_id": C + 5}, "assignment_updated"),
    ("delete_quiz", lambda w: {"quiz_id": C + 2}, ""),
    ("delete_assignment", lambda w: {"assignment_id": overridden(w)}, "assignment_updated"),
    (
        "add_override",
        lambda w: {"assignment_id": C + 1, "student_ids": [AMINA], "due_at": None},
        "assignment_override_created",
    ),
    ("delete_override", lambda w: {"override_id": C + 1}, "assignment_override_updated"),
    ("add_group", lambda w: {"course_id": 101}, "group_created"),
    (
        "add_group",
        lambda w: {"course_id": 101, "user_ids": [CASEY]},
        "group_created group_membership_created",
    ),
    (
        "move_member",
        lambda w: {"membership_id": membership(w, JONAS), "group_id": C + 2},
        "group_membership_updated group_membership_created",
    ),
    ("delete_group", lambda w: {"group_id": C + 1}, "group_updated"),
    ("edit_rubric", lambda w: {"rubric_id": C + 1, "title": "Other"}, ""),
    ("set", lambda w: {"table": "users", "id": AMINA, "name": "By hand"}, ""),
    ("remove", lambda w: {"table": "submission_comments", "id": C + 1}, ""),
    ("advance_clock", lambda w: {"seconds": 1_000_000}, ""),
]


def told(canvas: Canvas, op: str, **fields: Any) -> dict[str, dict[str, Any]]:
    """Bodies of the events an operation causes, by event name."""
    canvas.live_events.clear()
    canvas.mutate(op, **fields)
    return {event["metadata"]["event_name"]: event["body"] for event in canvas.live_events.sent}


@pytest.mark.parametrize(("op", "fields", "names"), CASES)
def test_an_operation_causes_these_events(
    fresh: Starter, op: str, fields: Fields, names: str
) -> None:
    canvas = fresh()
    bodies = told(canvas, op, **fields(canvas.world))
    assert bodies.keys() - {"course_grade_change"} == set(names.split())


def test_every_operation_is_among_them() -> None:
    assert {op for op, _, _ in CASES} | {"demo"} == set(OPERATIONS)


def test_every_table_and_every_event_has_its_place(tiny: Canvas) -> None:
    rules = [rule for one in RULES.values() for rule in (*one.created, *one.updated)]
    assert set(RULES) == {table.name for table in tiny.world.tables()}
    assert {rule.event for rule in rules} == set(BODIES)
    assert set(SILENT) <= set(OPERATIONS)


def test_work_of_a_team_is_told_of_every_member(fresh: Starter) -> None:
    canvas = fresh()
    done = canvas.mutate("submit", submission_id=submission(canvas.world, 7, LEE))
    handed_in = done["result"]["submission_ids"]
    named = [event["body"]["submission_id"] for event in canvas.live_events.sent]
    assert len(named) > 1
    assert sorted(named) == sorted(str(SHARD + row_id) for row_id in handed_in)


def test_other_points_are_told_of_every_mark(fresh: Starter) -> None:
    canvas = fresh()
    canvas.mutate("edit_assignment", assignment_id=C + 1, points_possible=40.0)
    found = canvas.world.submissions.of("assignment_id", C + 1)
    graded = [row for row in found if row.workflow_state == "graded"]
    names = Counter(event["metadata"]["event_name"] for event in canvas.live_events.sent)
    assert graded
    assert names["grade_change"] == len(graded)
    marks = [event["body"] for event in canvas.live_events.sent if "old_grade" in event["body"]]
    assert {(one["points_possible"], one["old_points_possible"]) for one in marks} == {(40.0, 20.0)}


def test_a_mark_says_what_it_was_before(fresh: Starter) -> None:
    canvas = fresh()
    row_id = submission(canvas.world, 1, MOHAMMED)
    canvas.mutate("grade_submission", submission_id=row_id, score=3.0)
    body = told(canvas, "grade_submission", submission_id=row_id, score=5.0)["grade_change"]
    assert (body["old_score"], body["score"]) == (3.0, 5.0)
    assert (body["old_grade"], body["grade"]) == ("3", "5")


def test_a_row_that_goes_with_its_student_is_not_told_of(fresh: Starter) -> None:
    canvas = fresh()
    bodies = told(canvas, "unenroll", enrollment_id=enrollment(canvas.world, MOHAMMED))
    gone = canvas.world.submissions.of("user_id", MOHAMMED)
    assert gone
    assert {row.workflow_state for row in gone} == {"deleted"}
    assert not {"submission_updated", "grade_change"} & bodies.keys()


def test_what_is_deleted_comes_as_updated(fresh: Starter) -> None:
    body = told(fresh(), "delete_course", course_id=101)["course_updated"]
    assert (body["course_id"], body["workflow_state"]) == (str(SHARD + 101), "deleted")


def test_ids_are_text_and_mostly_global(fresh: Starter) -> None:
    canvas = fresh()
    row_id = submission(canvas.world, 1, MOHAMMED)
    body = told(canvas, "grade_submission", submission_id=row_id)["grade_change"]
    assert body["submission_id"] == str(SHARD + row_id)
    assert body["assignment_id"] == str(SHARD + C + 1)
    assert body["user_id"] == body["student_id"] == str(SHARD + MOHAMMED)


def test_a_user_of_another_shard_keeps_its_id(fresh: Starter) -> None:
    canvas = fresh()
    body = told(canvas, "submit", submission_id=submission(canvas.world, 1, CASEY))
    assert body["submission_created"]["user_id"] == str(CASEY)


def test_the_ids_of_some_are_local(fresh: Starter) -> None:
    canvas = fresh()
    row_id = submission(canvas.world, 1, MOHAMMED)
    comment = told(canvas, "add_comment", submission_id=row_id)["submission_comment_created"]
    override = told(canvas, "delete_override", override_id=C + 1)["assignment_override_updated"]
    section = told(canvas, "crosslist_section", section_id=C + 2, course_id=102)
    assert comment["submission_id"] == str(row_id)
    assert override["assignment_override_id"] == str(C + 1)
    assert section["course_section_updated"]["course_section_id"] == str(C + 2)
    assert section["course_section_updated"]["course_id"] == "102"
    assert section["course_section_updated"]["nonxlist_course_id"] == "101"


def test_the_section_of_an_enrollment_is_global(fresh: Starter) -> None:
    canvas = fresh()
    row = canvas.world.enrollments[enrollment(canvas.world, HARRIET)]
    body = told(canvas, "conclude_enrollment", enrollment_id=row.id)["enrollment_updated"]
    assert body["course_section_id"] == str(SHARD + row.course_section_id)


def test_whom_an_override_is_for_is_not_said(fresh: Starter) -> None:
    fields = {"assignment_id": C + 1, "student_ids": [AMINA], "due_at": None}
    body = told(fresh(), "add_override", **fields)["assignment_override_created"]
    assert body["type"] == "ADHOC"
    assert str(AMINA) not in str(body)


def test_texts_are_cut(fresh: Starter) -> None:
    canvas = fresh()
    row_id = submission(canvas.world, 1, AMINA)
    body = told(canvas, "submit", submission_id=row_id, body="x" * 9000)["submission_created"]
    assert len(body["body"]) == 8192


def test_who_hands_in_is_who_caused_it(fresh: Starter) -> None:
    canvas = fresh()
    canvas.mutate("submit", submission_id=submission(canvas.world, 1, AMINA))
    metadata = canvas.live_events.sent[0]["metadata"]
    assert metadata["user_id"] == str(SHARD + AMINA)
    assert metadata["context_role"] == "StudentEnrollment"


def test_totals_are_told_by_a_job(fresh: Starter) -> None:
    canvas = fresh()
    canvas.mutate("grade_submission", submission_id=submission(canvas.world, 1, MOHAMMED))
    event = next(one for one in canvas.live_events.sent if "old_final_score" in one["body"])
    assert event["metadata"]["job_tag"] == "Enrollment.recompute_final_score"
    assert event["body"]["user_id"] == str(MOHAMMED)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_an_event_about_any_row_can_be_made(tiny: Canvas, name: str) -> None:
    table = tiny.world.table(BODIES[name][0])
    event = tiny.live_events.about(name, min(table.rows))
    assert event["metadata"]["event_name"] == name
    ids = {key: one for key, one in event["body"].items() if key == "id" or key.endswith("_id")}
    assert all(one is None or isinstance(one, str) for one in ids.values())


def test_a_course_that_is_made_late_is_no_news(fresh: Starter) -> None:
    canvas = fresh("school")
    bodies = told(canvas, "rename_course", course_id=150, name="Late")
    assert set(bodies) == {"course_updated"}
