"""Every operation says exactly what the listings show differently afterwards."""

from __future__ import annotations

import random
from typing import Any

import pytest

from simulator import Canvas
from simulator.mutations import OPERATIONS
from simulator.world.tiny.people import AMINA, CASEY, HARRIET, JONAS, LEE, MOHAMMED
from simulator.world.world import World
from tests.simulator.browser import Browser
from tests.simulator.conftest import Starter
from tests.simulator.walker import Reading, Walker, counts

C = 101_000_000


def submission(world: World, number: int, user_id: int) -> int:
    """Id of a student's row in the n-th assignment of course 101."""
    found = world.submissions.of("assignment_id", C + number)
    return next(row.id for row in found if row.user_id == user_id)


def enrollment(world: World, user_id: int) -> int:
    return world.enrollments.ids("user_id", user_id)[0]


CASES: list[tuple[str, Any]] = [
    ("grade_submission", lambda w: {"submission_id": submission(w, 1, MOHAMMED), "score": 3.5}),
    (
        "grade_submission",
        lambda w: {
            "submission_id": submission(w, 1, AMINA),
            "rubric_assessment": {"blank": {"rating_id": "r_none", "points": 0.0}},
        },
    ),
    ("submit", lambda w: {"submission_id": submission(w, 1, AMINA)}),
    ("submit", lambda w: {"submission_id": submission(w, 7, LEE)}),
    ("submit", lambda w: {"submission_id": submission(w, 6, CASEY), "url": "https://a.example"}),
    ("add_comment", lambda w: {"submission_id": submission(w, 1, CASEY)}),
    ("add_comment", lambda w: {"submission_id": submission(w, 1, LEE), "anonymous": True}),
    ("edit_comment", lambda w: {"comment_id": C + 1, "text": "Rewritten"}),
    ("delete_comment", lambda w: {"comment_id": C + 1}),
    ("excuse", lambda w: {"submission_id": submission(w, 1, CASEY)}),
    ("enroll", lambda w: {"course_id": 101}),
    ("enroll", lambda w: {"course_id": 102, "user_id": CASEY}),
    ("enroll", lambda w: {"course_id": 101, "user_id": 30, "section_id": C + 2}),
    ("enroll", lambda w: {"course_id": 101, "type": "ObserverEnrollment"}),
    ("unenroll", lambda w: {"enrollment_id": enrollment(w, LEE)}),
    ("unenroll", lambda w: {"enrollment_id": enrollment(w, AMINA)}),
    ("conclude_enrollment", lambda w: {"enrollment_id": enrollment(w, HARRIET)}),
    ("add_assignment", lambda w: {"course_id": 101}),
    ("add_assignment", lambda w: {"course_id": 102, "workflow_state": "unpublished"}),
    ("edit_assignment", lambda w: {"assignment_id": C + 1, "due_at": None}),
    ("edit_assignment", lambda w: {"assignment_id": C + 8, "name": "Quiz 1b"}),
    ("edit_assignment", lambda w: {"assignment_id": C + 9, "points_possible": 16.0}),
    ("edit_assignment", lambda w: {"assignment_id": C + 6, "anonymous_grading": False}),
    ("unpublish_assignment", lambda w: {"assignment_id": C + 1}),
    ("publish_assignment", lambda w: {"assignment_id": C + 5}),
    ("delete_assignment", lambda w: {"assignment_id": C + 2}),
    ("delete_assignment", lambda w: {"assignment_id": C + 8}),
    ("add_override", lambda w: {"assignment_id": C + 1, "student_ids": [CASEY], "due_at": None}),
    ("add_override", lambda w: {"assignment_id": C + 10, "section_id": C + 1, "lock_at": None}),
    ("delete_override", lambda w: {"override_id": C + 1}),
    ("delete_override", lambda w: {"override_id": C + 4}),
    ("add_group", lambda w: {"course_id": 101, "user_ids": [AMINA, JONAS]}),
    ("move_member", lambda w: {"membership_id": C + 1, "group_id": C + 3}),
    ("move_member", lambda w: {"membership_id": C + 7, "group_id": C + 6}),
    ("delete_group", lambda w: {"group_id": C + 1}),
    ("edit_rubric", lambda w: {"rubric_id": C + 1, "drop": "blank", "title": "Shorter"}),
    ("edit_rubric", lambda w: {"rubric_id": C + 2, "criteria": {"blank": {"points": 50.0}}}),
    ("delete_quiz", lambda w: {"quiz_id": C + 9}),
    ("delete_quiz", lambda w: {"quiz_id": C + 1}),
    ("rename_course", lambda w: {"course_id": 101, "name": "Biology I"}),
    ("crosslist_section", lambda w: {"section_id": C + 2, "course_id": 102}),
    ("merge_users", lambda w: {"from_user_id": CASEY, "into_user_id": HARRIET}),
    ("merge_users", lambda w: {"from_user_id": LEE, "into_user_id": AMINA}),
    ("delete_course", lambda w: {"course_id": 102}),
    ("advance_clock", lambda w: {"seconds": 30 * 86_400}),
    ("set", lambda w: {"table": "sections", "id": C + 1, "name": "Other"}),
    ("set", lambda w: {"table": "users", "id": AMINA, "short_name": "Mina"}),
    ("set", lambda w: {"table": "terms", "id": 2, "end_at": None}),
    ("set", lambda w: {"table": "submissions", "id": C + 1, "extra_attempts": 2}),
    ("remove", lambda w: {"table": "group_memberships", "id": C + 2}),
    ("demo", lambda w: {}),
]


def told(effects: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {name: n for name, n in effects["resources"].items() if any(n.values())}


@pytest.mark.parametrize(
    ("op", "fields"), CASES, ids=[f"{op}-{n}" for n, (op, _) in enumerate(CASES)]
)
def test_an_operation_tells_what_the_listings_show(
    op: str, fields: Any, fresh: Starter, untouched: Reading
) -> None:
    canvas = fresh()
    effects = canvas.mutate(op, **fields(canvas.world))
    assert told(effects) == counts(untouched, Walker(Browser(canvas)).read())
    assert told(effects)


def test_every_operation_has_a_case() -> None:
    assert {op for op, _ in CASES} == set(OPERATIONS)


def test_operations_one_after_another_stay_exact(fresh: Starter) -> None:
    canvas, chance = fresh(), random.Random(7)
    walker = Walker(Browser(canvas))
    before = walker.read()
    for op, fields in chance.sample(CASES, 14):
        try:
            effects = canvas.mutate(op, **fields(canvas.world))
        except (LookupError, StopIteration):
            continue
        after = walker.read()
        assert told(effects) == counts(before, after), op
        before = after


@pytest.mark.parametrize("preset", ["tiny", "school"])
def test_the_demo_is_exact_again_and_again(preset: str, fresh: Starter) -> None:
    canvas = fresh(preset)
    walker = Walker(Browser(canvas), course_ids=[101])
    before = walker.read()
    for _ in range(3):
        effects = canvas.mutate("demo")
        after = walker.read()
        assert told(effects) == counts(before, after)
        before = after


def test_the_demo_creates_updates_and_deletes(fresh: Starter) -> None:
    effects = fresh().mutate("demo")
    for resource in ("submissions", "assignments", "groups"):
        assert all(effects["resources"][resource].values()), resource


def test_a_grade_changes_the_row_and_both_enrollments_totals(fresh: Starter) -> None:
    canvas = fresh()
    row = submission(canvas.world, 1, AMINA)
    effects = canvas.mutate("grade_submission", submission_id=row, score=1.0)
    assert told(effects) == {
        "enrollments": {"created": 0, "updated": 2, "deleted": 0},
        "submissions": {"created": 0, "updated": 1, "deleted": 0},
    }


def test_leaving_updates_the_enrollment_and_deletes_the_work(fresh: Starter) -> None:
    canvas = fresh()
    effects = canvas.mutate("unenroll", enrollment_id=enrollment(canvas.world, LEE))["resources"]
    assert effects["enrollments"] == {"created": 0, "updated": 1, "deleted": 0}
    assert effects["submissions"]["deleted"] == 9
    assert effects["users"] == {"created": 0, "updated": 0, "deleted": 0}
    assert effects["group_memberships"]["deleted"] == 2


def test_a_returning_student_gets_the_same_rows_back(fresh: Starter) -> None:
    canvas = fresh()
    row_id = submission(canvas.world, 1, LEE)
    leaving = enrollment(canvas.world, LEE)
    canvas.mutate("unenroll", enrollment_id=leaving)
    back = canvas.mutate("enroll", course_id=101, user_id=LEE, section_id=C + 2)
    assert back["result"]["enrollment_id"] == leaving
    assert canvas.world.submissions[row_id].workflow_state == "graded"


def test_a_deleted_course_counts_alone(fresh: Starter) -> None:
    effects = fresh().mutate("delete_course", course_id=101)
    assert told(effects) == {"courses": {"created": 0, "updated": 0, "deleted": 1}}


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("paint_it_black", {}),
        ("grade_submission", {"submission_id": 1}),
        ("set", {"table": "sections", "id": C + 1, "colour": "red"}),
        ("set", {"table": "clock", "id": 1}),
    ],
)
def test_a_change_that_cannot_be_is_refused(op: str, fields: Any, fresh: Starter) -> None:
    canvas: Canvas = fresh()
    with pytest.raises(LookupError):
        canvas.mutate(op, **fields)
