"""Every kind of change is found by a reading of changes, or makes a full reading due, or waits.

Source: canvas-api 5.3. What a run missed, a full reading right after it would find.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from management.freshness import freshness
from simulator import Canvas
from simulator.world import rows
from simulator.world.world import World
from sync.models import Run, Step, Watermark
from tests.acceptance.changes import CHANGES, living, work
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.inside import COURSE, Inside, changes
from workers.bridge import bridge

pytestmark = pytest.mark.django_db(transaction=True)
A_DAY_S = 24 * 3600
FULL, PARENTS, SINCE = "full", "changed_parents", "updated_since"
Fields = Callable[[World], dict[str, Any]]


@pytest.fixture
def inside(canvas: Canvas, settings: Settings, first_readings: FirstReadings) -> Inside:
    """A mirror after its first run; an hour passed since."""
    settings.CANVAS_ALLOW_INSECURE = True
    mirror = Inside.synced(canvas, first_readings)
    canvas.mutate("advance_clock", seconds=3600)
    return mirror


def one_assignment(world: World) -> dict[str, Any]:
    plain = living(world, "assignments", workflow_state="published", anonymous_grading=False)
    return {"assignment_id": plain[0].id}


def membership(world: World, state: str) -> dict[str, Any]:
    found = living(world, "group_memberships", workflow_state=state)
    return {"table": "group_memberships", "id": found[-1].id}


def teacher(world: World) -> dict[str, Any]:
    return {"course_id": COURSE, "type": "TeacherEnrollment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An operation of the simulator, and how submissions and members are read because of it."""

    operation: str
    fields: Fields
    submissions: str
    memberships: str = PARENTS


def case(operation: str, submissions: str, *, fields: Fields | None = None) -> Case:
    return Case(
        operation=operation,
        fields=fields or CHANGES[operation].fields,
        submissions=submissions,
    )


SEEN = {
    "graded": case("grade_submission", SINCE),
    "handed in": case("submit", SINCE),
    "excused": case("excuse", SINCE),
    "due date": case(
        "edit_assignment",
        PARENTS,
        fields=lambda w: one_assignment(w) | {"due_at": "2026-12-24T12:00:00Z"},
    ),
    "published": case("publish_assignment", PARENTS),
    "hidden": case("unpublish_assignment", SINCE),
    "assignment made": case("add_assignment", PARENTS),
    "assignment gone": case("delete_assignment", SINCE),
    "exception made": case("add_override", PARENTS),
    "exception gone": case("delete_override", PARENTS),
    "somebody came": case("enroll", FULL),
    "somebody left": case("unenroll", FULL),
    "somebody finished": case("conclude_enrollment", FULL),
    "two became one": case("merge_users", FULL),
    "a teacher came": case("enroll", SINCE, fields=teacher),
    "group made": case("add_group", SINCE),
    "group gone": case("delete_group", SINCE),
    "member moved": case("move_member", SINCE),
    "member gone": case("remove", SINCE, fields=lambda w: membership(w, "accepted")),
    "rubric": case("edit_rubric", SINCE),
}


@pytest.mark.parametrize("name", SEEN)
def test_a_full_reading_afterwards_finds_nothing_more(
    name: str, canvas: Canvas, inside: Inside
) -> None:
    seen = SEEN[name]
    canvas.mutate(seen.operation, **seen.fields(canvas.world))
    found = inside.sync()
    assert changes(found) != {}
    assert found.modes["submissions"] == seen.submissions
    assert found.modes["group_memberships"] == seen.memberships
    assert changes(inside.sync(full=True)) == {}


def comment(world: World) -> dict[str, Any]:
    return {"comment_id": living(world, "submission_comments")[0].id}


def by_hand(state: str = "graded", **fields: Any) -> Fields:
    """Fields of a submission in a state, without the side effects of a mutation."""

    def of(world: World) -> dict[str, Any]:
        row = work(world, workflow_state=state)
        return {"table": "submissions", "id": row.id, **fields}

    return of


MARKS = {"blank": {"rating_id": "r_half", "comments": "Better", "points": 1.0}}
UNSEEN: dict[str, tuple[str, Fields]] = {
    "comment made": ("add_comment", CHANGES["add_comment"].fields),
    "comment edited": ("edit_comment", CHANGES["edit_comment"].fields),
    "comment gone": ("delete_comment", comment),
    "rubric alone": ("set", by_hand(rubric_assessment=MARKS)),
    # A group counts only those who have accepted.
    "invitation gone": ("remove", lambda w: membership(w, "invited")),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_touches_no_submission_waits_for_the_next_full_reading(
    name: str, canvas: Canvas, inside: Inside
) -> None:
    operation, fields = UNSEEN[name]
    canvas.mutate(operation, **fields(canvas.world))
    assert changes(inside.sync()) == {}
    canvas.mutate("advance_clock", seconds=A_DAY_S)
    found = inside.sync()
    assert (found.modes["submissions"], found.modes["group_memberships"]) == (FULL, FULL)
    assert changes(found) != {}


MOMENT = "2026-09-15T09:00:05Z"
STATUS = {"late_policy_status": "extended", "touched_at": MOMENT}
TOUCHED: dict[str, Fields] = {
    "posted": by_hand(posted_at=MOMENT),
    "status": by_hand(**STATUS),
    "status of work nobody handed in": by_hand("unsubmitted", **STATUS),
    "grade taken back": by_hand(graded_at=None, score=None, grade=None, touched_at=MOMENT),
}


@pytest.mark.parametrize("name", TOUCHED)
@pytest.mark.parametrize("graphql", [True, False], ids=["graphql", "rest"])
def test_what_rest_has_no_filter_for_is_seen_by_graphql_only(
    name: str, graphql: bool, canvas: Canvas, inside: Inside
) -> None:
    if not graphql:
        canvas.faults.add("forbidden_403", "/api/graphql", times=None)
    canvas.mutate("set", **TOUCHED[name](canvas.world))
    found = inside.sync()
    assert changes(found) == ({"updated": {"submissions": 1}} if graphql else {})
    assert found.modes["submissions"] == (SINCE if graphql else "submitted_since")


@pytest.mark.parametrize("operation", ["grade_submission", "submit", "enroll", "add_assignment"])
def test_without_graphql_work_and_grades_are_found_as_well(
    operation: str, canvas: Canvas, inside: Inside
) -> None:
    canvas.faults.add("forbidden_403", "/api/graphql", times=None)
    canvas.mutate(operation, **CHANGES[operation].fields(canvas.world))
    assert changes(inside.sync())
    assert changes(inside.sync(full=True)) == {}


def test_work_that_is_refused_when_asked_for_makes_the_next_reading_a_full_one(
    canvas: Canvas, inside: Inside
) -> None:
    """GraphQL told of it, then its student left (trap 46); the siblings are read."""
    first, *others = sharing_an_assignment(canvas.world)[:3]
    for row in (first, *others):
        canvas.mutate("grade_submission", submission_id=row.id, score=1.0)
    named = rf"student_ids%5B%5D={first.user_id}(&|$)"
    canvas.faults.add("forbidden_403", named, times=None)
    assert changes(inside.sync())["updated"]["submissions"] == len(others)
    assert Watermark.objects.get(source="submissions").full_because == "changed rows were refused"
    canvas.faults.clear()
    found = inside.sync()
    assert found.modes["submissions"] == FULL
    assert changes(found) == {"updated": {"submissions": 1}}


def test_what_canvas_left_out_makes_the_next_reading_a_full_one(
    canvas: Canvas, inside: Inside
) -> None:
    """Found by chance: the comments of work that did not change again stayed away."""
    canvas.faults.add("drop_key", "/students/submissions", times=None, key="submission_comments")
    row = work(canvas.world, workflow_state="graded")
    canvas.mutate("grade_submission", submission_id=row.id, score=1.0)
    canvas.mutate("add_comment", submission_id=row.id, text="new")
    assert inside.run().state == Run.State.PARTIAL
    marks = Watermark.objects.exclude(full_because="").values_list("source", "full_because")
    assert list(marks) == [("submissions", "Canvas left out submission_comments")]
    canvas.faults.clear()
    # Canvas tells the time in whole seconds: within one, nobody knows which reading was the later.
    canvas.mutate("advance_clock", seconds=60)
    found = inside.sync()
    assert found.modes["submissions"] == FULL
    assert changes(found) == {"created": {"submission_comments": 1}}
    assert not Watermark.objects.exclude(full_because="").exists()


def test_what_canvas_left_out_is_not_called_complete(canvas: Canvas, inside: Inside) -> None:
    first = complete_as_of("submission_comments")
    canvas.faults.add("drop_key", "/students/submissions", times=None, key="submission_comments")
    assert inside.run(full=True).state == Run.State.PARTIAL
    assert complete_as_of("submission_comments") == first
    assert complete_as_of("group_memberships") > first
    canvas.faults.clear()
    canvas.mutate("advance_clock", seconds=60)
    inside.sync()
    assert complete_as_of("submission_comments") > first


def complete_as_of(resource: str) -> dt.datetime:
    (course,) = bridge.run(freshness(courses=[COURSE]))
    found = {one.resource: one.complete_as_of for one in course.resources}[resource]
    assert found is not None
    return found


def sharing_an_assignment(world: World) -> list[rows.Submission]:
    assignment = work(world, workflow_state="graded").assignment_id
    found: list[rows.Submission] = living(world, "submissions", assignment_id=assignment)
    return found


def test_the_ledger_keeps_how_each_resource_was_read(inside: Inside) -> None:
    run = inside.sync()
    kept = dict(Step.objects.filter(run=run.run).values_list("resource", "mode"))
    assert kept == {resource: run.modes[resource] for resource in kept}
    assert (kept["submissions"], kept["enrollments"]) == (SINCE, FULL)


def test_a_run_of_some_resources_moves_their_watermarks_and_no_other(inside: Inside) -> None:
    first = dict(Watermark.objects.values_list("source", "run"))
    run = inside.sync(only=("sections", "groups")).run
    moved = {source for source, by in Watermark.objects.values_list("source", "run") if by == run}
    assert moved == {"course", "sections", "group_categories", "groups"}
    assert len(first) == 12


def test_a_large_deletion_stays_in_sight_until_somebody_accepts_it(
    canvas: Canvas, inside: Inside
) -> None:
    for row in living(canvas.world, "submissions")[:60]:
        row.workflow_state = "deleted"
    states = [inside.run(full=True).state, inside.run().state]
    assert states == [Run.State.HELD, Run.State.HELD]
    canvas.mutate("advance_clock", seconds=60)
    assert changes(inside.sync(accept_deletes=True))["deleted"]["submissions"] > 20
    assert inside.sync().modes["submissions"] == SINCE
    assert inside.sync(accept_deletes=True).modes["submissions"] == FULL
