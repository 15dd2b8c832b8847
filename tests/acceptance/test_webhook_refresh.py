"""What an event leads to: a few requests for what it names, and the row as Canvas has it."""

import pytest
from pytest_django.fixtures import Settings

from canvas.models import (
    CanvasAssignment,
    CanvasEnrollment,
    CanvasSubmission,
    CanvasSubmissionComment,
)
from simulator import Canvas
from simulator.world.rows import Submission
from sync.marks import settle, take
from sync.models import DirtyMark, Run, Watermark
from tests.acceptance.changes import graded, living, student
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.inside import COURSE, Inside, changes
from tests.acceptance.refreshing import (
    asked,
    assignment,
    document,
    drained,
    enrollment,
    global_id,
    grade_change,
    receive,
    settled,
)
from workers.bridge import bridge
from workers.inbox import drain

pytestmark = pytest.mark.django_db(transaction=True)
DUE = "2026-12-24T12:00:00Z"


@pytest.fixture
def inside(canvas: Canvas, settings: Settings, first_readings: FirstReadings) -> Inside:
    settings.CANVAS_ALLOW_INSECURE = True
    settings.WEBHOOK_MERGE_SECONDS = 0
    mirror = Inside.synced(canvas, first_readings)
    canvas.mutate("advance_clock", seconds=3600)
    return mirror


def row(canvas_id: int) -> CanvasSubmission:
    return CanvasSubmission.objects.get(canvas_id=canvas_id)


def test_a_grade_change_costs_one_request_and_brings_the_grade(
    canvas: Canvas, inside: Inside
) -> None:
    work = graded(canvas.world)
    canvas.mutate("grade_submission", submission_id=work.id, score=3.5)
    receive(inside.integration, [grade_change(work)])
    (report,) = drained()
    assert report.state == Run.State.SUCCEEDED, report.error
    assert row(work.id).score == 3.5
    assert changes(report) == {"updated": {"submissions": 1}}
    assert [one.path for one in asked(canvas)] == [f"/api/v1/courses/{COURSE}/students/submissions"]


def test_a_second_look_follows_and_then_the_mark_is_gone(canvas: Canvas, inside: Inside) -> None:
    work = graded(canvas.world)
    receive(inside.integration, [grade_change(work)])
    drained()
    canvas.mutate("grade_submission", submission_id=work.id, score=2.5)  # the replica was behind
    assert DirtyMark.objects.get().looks == 1
    assert len(settled()) == 1
    assert row(work.id).score == 2.5
    assert not DirtyMark.objects.exists()


def test_a_person_who_comes_brings_their_placeholders(canvas: Canvas, inside: Inside) -> None:
    came = canvas.mutate("enroll", course_id=COURSE)["result"]
    receive(inside.integration, [enrollment("enrollment_created", user=came["user_id"])])
    drained()
    assert CanvasEnrollment.objects.get(canvas_id=came["enrollment_id"]).student is not None
    assert works_of(canvas, came["user_id"]) == mirrored_works_of(came["user_id"]) != set()
    assert len(asked(canvas)) == 2


def test_the_work_of_a_person_who_leaves_ends(canvas: Canvas, inside: Inside) -> None:
    left = student(canvas.world)
    assert mirrored_works_of(left.user_id)
    canvas.mutate("unenroll", enrollment_id=left.id)
    receive(inside.integration, [enrollment("enrollment_updated", user=left.user_id)])
    (report,) = drained()
    assert works_of(canvas, left.user_id) == mirrored_works_of(left.user_id) == set()
    assert changes(report)["updated"]["enrollments"] == 1
    assert len(asked(canvas)) == 1


def test_another_due_date_moves_the_work_of_its_assignment(canvas: Canvas, inside: Inside) -> None:
    number = graded(canvas.world).assignment_id
    canvas.mutate("edit_assignment", assignment_id=number, due_at=DUE)
    receive(inside.integration, [assignment("assignment_updated", number)])
    drained()
    work = CanvasSubmission.objects.live().filter(assignment__canvas_id=number)
    moved = set(work.values_list("canvas_id", flat=True).filter(cached_due_date=DUE))
    found = canvas.world.submissions.of("assignment_id", number)
    assert moved == {one.id for one in found if one.cached_due_date == DUE} != set()
    paths = [one.path.rpartition("/")[2] for one in asked(canvas)]
    assert paths == ["assignments", "submissions"]


def test_an_assignment_that_was_deleted_ends(canvas: Canvas, inside: Inside) -> None:
    work = graded(canvas.world)
    canvas.mutate("delete_assignment", assignment_id=work.assignment_id)
    receive(inside.integration, [assignment("assignment_updated", work.assignment_id)])
    settled()
    assert CanvasAssignment.objects.get(canvas_id=work.assignment_id).deleted_at is not None
    assert row(work.id).deleted_at is not None


def test_a_new_assignment_is_there_before_its_work(canvas: Canvas, inside: Inside) -> None:
    made = canvas.mutate("add_assignment", course_id=COURSE)["result"]["assignment_id"]
    work = next(iter(canvas.world.submissions.of("assignment_id", made)))
    canvas.mutate("submit", submission_id=work.id)
    event = document(
        "submission_created",
        course=COURSE,
        assignment_id=global_id(made),
        user_id=global_id(work.user_id),
        submission_id=global_id(work.id),
    )
    receive(inside.integration, [event])
    (report,) = drained()
    assert report.state == Run.State.SUCCEEDED, report.error
    assert row(work.id).workflow_state == "submitted"


def test_a_comment_is_found_by_its_submission(canvas: Canvas, inside: Inside) -> None:
    work = graded(canvas.world)
    made = canvas.mutate("add_comment", submission_id=work.id)["result"]["comment_id"]
    event = document("submission_comment_created", submission_id=str(work.id), user_id="1")
    receive(inside.integration, [event])
    drained()
    assert CanvasSubmissionComment.objects.get(canvas_id=made).submission == row(work.id)
    assert len(asked(canvas)) == 1


def test_work_that_did_not_come_has_its_list_read(canvas: Canvas, inside: Inside) -> None:
    work = graded(canvas.world)
    canvas.world.submissions[work.id].workflow_state = "deleted"  # by bulk SQL, with no event
    receive(inside.integration, [grade_change(work)])
    drained()
    assert row(work.id).deleted_at is None  # that a row did not come is no deletion
    settled()
    assert row(work.id).deleted_at is not None


def two_works(canvas: Canvas) -> list[Submission]:
    """Of one person in two assignments and of another in one of these."""
    hers = living(canvas.world, "submissions", user_id=student(canvas.world).user_id)
    listed = {row.id for row in living(canvas.world, "assignments", workflow_state="published")}
    first, second = [one for one in hers if one.assignment_id in listed][:2]
    others = living(canvas.world, "submissions", assignment_id=second.assignment_id)
    return [first, second, next(one for one in others if one.user_id != first.user_id)]


def test_hidden_work_does_not_keep_other_work_from_being_read(
    canvas: Canvas, inside: Inside
) -> None:
    hidden, shown, other = two_works(canvas)
    canvas.world.assignments[hidden.assignment_id].workflow_state = "unpublished"
    for work in (shown, other):
        canvas.mutate("grade_submission", submission_id=work.id, score=1.5)
    receive(inside.integration, map(grade_change, (hidden, shown, other)))
    (report,) = drained()
    assert report.state == Run.State.SUCCEEDED, report.error
    assert (row(shown.id).score, row(other.id).score) == (1.5, 1.5)


def test_who_has_just_left_does_not_keep_others_from_being_read(
    canvas: Canvas, inside: Inside
) -> None:
    _, gone, other = two_works(canvas)
    canvas.mutate("unenroll", enrollment_id=student(canvas.world).id)
    canvas.mutate("grade_submission", submission_id=other.id, score=1.5)
    receive(inside.integration, map(grade_change, (gone, other)))
    drained()
    assert row(other.id).score == 1.5
    assert row(gone.id).deleted_at is None


def test_a_refresh_that_fails_leaves_its_marks(canvas: Canvas, inside: Inside) -> None:
    work = graded(canvas.world)
    canvas.mutate("grade_submission", submission_id=work.id, score=3.5)
    canvas.faults.add("not_a_list", "/submissions", times=None)
    receive(inside.integration, [grade_change(work)])
    (report,) = drained()
    assert report.state == Run.State.FAILED
    mark = DirtyMark.objects.get()
    assert (mark.looks, mark.version) == (0, 1)
    assert drained() == []  # not at once
    canvas.faults.clear()
    settled()
    assert row(work.id).score == 3.5


def test_an_event_during_a_reading_is_read_after_it(canvas: Canvas, inside: Inside) -> None:
    work = graded(canvas.world)
    receive(inside.integration, [grade_change(work)])
    bridge.run(drain())
    (taken,) = take(inside.integration.pk, COURSE)
    receive(inside.integration, [grade_change(work)])
    bridge.run(drain())
    settle([taken])
    assert (DirtyMark.objects.get().version, DirtyMark.objects.get().looks) == (2, 0)


def test_a_refresh_moves_no_watermark(canvas: Canvas, inside: Inside) -> None:
    before = list(Watermark.objects.order_by("pk").values_list("source", "read_at", "run"))
    work = graded(canvas.world)
    receive(inside.integration, [grade_change(work), enrollment("enrollment_updated", user=21)])
    settled()
    after = list(Watermark.objects.order_by("pk").values_list("source", "read_at", "run"))
    assert after == before


def works_of(canvas: Canvas, user: int) -> set[int]:
    """Ids of the work of a person in the course that Canvas lists under their name."""
    listed = living(canvas.world, "assignments", workflow_state="published")
    named = {one.id for one in listed if not one.anonymous_grading}
    found = living(canvas.world, "submissions", user_id=user)
    return {one.id for one in found if one.assignment_id in named}


def mirrored_works_of(user: int) -> set[int | None]:
    live = CanvasSubmission.objects.live().filter(user_id=user, assignment__published=True)
    return set(
        live.filter(assignment__course__canvas_id=COURSE).values_list("canvas_id", flat=True)
    )
