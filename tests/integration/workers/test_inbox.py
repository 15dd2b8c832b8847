"""Events become marks once, marks become one queued refresh, and silence is told of."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django.fixtures import Settings

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasIntegration,
    CanvasSubmission,
)
from sync.clock import in_seconds
from sync.handling import handle
from sync.marks import courses_due, settle, take
from sync.models import Chore, DirtyMark, Run, SyncSchedule, WebhookEvent
from tests.acceptance.refreshing import document, global_id, receive
from workers.inbox import drain, note_silence, prune_events

pytestmark = pytest.mark.django_db(transaction=True)
Outcome = WebhookEvent.Outcome
FOREIGN = "115370000000000101"


@pytest.fixture
def school(settings: Settings) -> CanvasIntegration:
    """Course 101 with assignment 7, and submission 70 of student 21 for it. No broker."""
    settings.BROKER_URL = ""
    made = CanvasIntegration.objects.create(name="south", base_url="https://school.example.edu")
    course = CanvasCourse.objects.create(integration=made, canvas_id=101)
    assignment = CanvasAssignment.objects.create(integration=made, canvas_id=7, course=course)
    CanvasSubmission.objects.create(
        integration=made, canvas_id=70, assignment=assignment, user_id=21
    )
    CanvasEnrollment.objects.create(integration=made, canvas_id=900, course=course, user_id=21)
    return made


def work(assignment: int = 7, student: int = 21, name: str = "submission_updated") -> Any:
    return document(name, assignment_id=global_id(assignment), user_id=global_id(student))


def marks() -> set[tuple[int, str, str]]:
    return set(DirtyMark.objects.values_list("course", "resource", "target"))


def outcome_of(school: CanvasIntegration, event: Mapping[str, Any]) -> str:
    receive(school, [event])
    handle(10)
    return WebhookEvent.objects.order_by("pk").last().outcome  # type: ignore[union-attr]


def test_an_event_finds_its_course_by_its_assignment(school: CanvasIntegration) -> None:
    assert outcome_of(school, work()) == Outcome.MARKED
    assert marks() == {(101, "submissions", "7/21")}


def test_an_event_finds_its_student_by_its_submission(school: CanvasIntegration) -> None:
    event = document("rubric_assessed", artifact_id="70", artifact_type="Submission", id="70")
    assert outcome_of(school, event) == Outcome.MARKED
    assert marks() == {(101, "submissions", "7/21")}


def test_an_event_finds_its_person_by_their_enrollment(school: CanvasIntegration) -> None:
    event = document("enrollment_state_updated", enrollment_id=global_id(900), state="completed")
    assert outcome_of(school, event) == Outcome.MARKED
    assert marks() == {(101, "enrollments", "21"), (101, "submissions", "*/21")}


def test_another_name_of_a_person_is_read_where_they_are_enrolled(
    school: CanvasIntegration,
) -> None:
    assert outcome_of(school, document("user_updated", user_id=global_id(21))) == Outcome.MARKED
    assert marks() == {(101, "enrollments", "21")}


def test_a_person_is_not_read_in_a_course_that_is_deleted(school: CanvasIntegration) -> None:
    gone = CanvasCourse.objects.create(integration=school, canvas_id=102, deleted_at=Now())
    CanvasEnrollment.objects.create(integration=school, canvas_id=901, course=gone, user_id=21)
    assert outcome_of(school, document("user_updated", user_id=global_id(21))) == Outcome.MARKED
    assert marks() == {(101, "enrollments", "21")}


def test_a_new_group_is_read_with_its_members_whose_events_name_no_course(
    school: CanvasIntegration,
) -> None:
    member = document("group_membership_created", group_id=global_id(5), user_id=global_id(21))
    assert outcome_of(school, member) == Outcome.UNKNOWN_COURSE
    made = document("group_created", group_id=global_id(5), context_type="Course", context_id="101")
    assert outcome_of(school, made) == Outcome.MARKED
    assert {(101, "groups", ""), (101, "group_memberships", "")} <= marks()


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (document("wiki_page_updated", course=101, wiki_page_id="5"), Outcome.IGNORED),
        (document("something_new", course=101), Outcome.IGNORED),
        (document("enrollment_created", course_id="999", user_id="5"), Outcome.UNKNOWN_COURSE),
        (document("enrollment_created", course_id=FOREIGN, user_id="5"), Outcome.FOREIGN),
        (document("enrollment_created", course_id="101"), Outcome.UNREADABLE),
        (document("grade_change"), Outcome.UNREADABLE),
    ],
)
def test_what_changes_nothing_here_is_noted_and_left(
    school: CanvasIntegration, event: dict[str, Any], outcome: str
) -> None:
    assert outcome_of(school, event) == outcome
    assert marks() == set()
    assert not WebhookEvent.objects.filter(handled_at=None).exists()


def test_the_same_id_in_another_canvas_is_another_course(school: CanvasIntegration) -> None:
    other = CanvasIntegration.objects.create(name="north", base_url="https://north.example.edu")
    assert outcome_of(other, work()) == Outcome.UNKNOWN_COURSE


IMPORTED = document("sis_batch_updated", sis_batch_id="5", workflow_state="imported")
IMPORTING = document("sis_batch_updated", sis_batch_id="5", workflow_state="importing")


@pytest.mark.parametrize(
    ("event", "outcome", "days"),
    [
        (document("course_created", course_id="555"), Outcome.UNKNOWN_COURSE, 0),
        (document("course_updated", course_id="555"), Outcome.UNKNOWN_COURSE, 9),
        (IMPORTED, Outcome.IGNORED, 0),
        (IMPORTING, Outcome.IGNORED, 9),
    ],
)
def test_new_courses_make_discovery_due(
    school: CanvasIntegration, event: dict[str, Any], outcome: str, days: int
) -> None:
    SyncSchedule.objects.create(integration=school, next_at=timezone.now() + dt.timedelta(days=9))
    assert outcome_of(school, event) == outcome
    waits = SyncSchedule.objects.get().next_at - timezone.now()
    assert round(waits / dt.timedelta(days=1)) == days


def test_many_events_of_one_thing_are_one_mark(school: CanvasIntegration) -> None:
    receive(school, [work() for _ in range(5)])
    handle(3)
    handle(3)
    mark = DirtyMark.objects.get()
    assert (mark.version, mark.looks) == (2, 0)


def test_a_steady_stream_does_not_put_a_mark_off(school: CanvasIntegration) -> None:
    outcome_of(school, work())
    due_at = DirtyMark.objects.get().due_at
    event = WebhookEvent.objects.get()
    assert due_at - event.received_at == dt.timedelta(seconds=5)
    outcome_of(school, work())
    assert DirtyMark.objects.get().due_at == due_at


def test_a_second_look_that_waits_comes_sooner_with_a_new_event(
    school: CanvasIntegration,
) -> None:
    outcome_of(school, work())
    settle(take(school.pk, 101))
    assert DirtyMark.objects.get().looks == 1
    later = DirtyMark.objects.get().due_at
    outcome_of(school, work())
    mark = DirtyMark.objects.get()
    assert mark.looks == 0
    assert mark.due_at < later


def test_without_a_second_look_a_mark_is_gone_after_one(
    school: CanvasIntegration, settings: Settings
) -> None:
    settings.WEBHOOK_SECOND_LOOK_SECONDS = 0
    outcome_of(school, work())
    settle(take(school.pk, 101))
    assert not DirtyMark.objects.exists()


def test_what_was_taken_is_told_to_nobody_else(
    school: CanvasIntegration, settings: Settings
) -> None:
    settings.WEBHOOK_MERGE_SECONDS = 0
    outcome_of(school, work())
    assert courses_due() == [(school.pk, 101)]
    assert len(take(school.pk, 101)) == 1
    assert courses_due() == []


def test_what_was_taken_by_a_reading_that_died_is_taken_by_the_next(
    school: CanvasIntegration,
) -> None:
    outcome_of(school, work())
    taken = take(school.pk, 101)
    assert take(school.pk, 101) == taken != []
    settle(taken)
    assert take(school.pk, 101) == []  # the second look is not due yet


def test_one_refresh_is_queued_for_a_course(school: CanvasIntegration, settings: Settings) -> None:
    settings.WEBHOOK_MERGE_SECONDS = 0
    receive(school, [work(), document("course_updated", course_id="101")])
    assert async_to_sync(drain)().runs == 1
    again = async_to_sync(drain)()
    assert (again.runs, again.next_due_s) == (0, None)  # it is queued already
    run = Run.objects.get()
    assert (run.course, run.targets, run.trigger, run.queue) == (101, {}, "webhook", "realtime")


def test_nothing_is_queued_before_the_events_are_merged(school: CanvasIntegration) -> None:
    receive(school, [work()])
    drained = async_to_sync(drain)()
    assert (drained.events, drained.runs) == (1, 0)
    assert drained.next_due_s is not None
    assert 0 < drained.next_due_s <= 5


def drain_at_once(many: int = 4) -> list[int]:
    """How many events each of them handled."""
    together = threading.Barrier(many)

    def drain_here(_: int) -> int:
        try:
            together.wait()
            return async_to_sync(drain)().events
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(drain_here, range(many)))


def test_many_who_drain_at_once_handle_no_event_twice(
    school: CanvasIntegration, settings: Settings
) -> None:
    settings.WEBHOOK_MERGE_SECONDS = 0
    receive(school, (work(student=student) for student in range(1, 201)))
    handled = drain_at_once()
    assert sum(handled) + async_to_sync(drain)().events == 200
    assert set(DirtyMark.objects.values_list("version", flat=True)) == {1}


def test_many_who_drain_at_once_queue_one_refresh_of_each_course(
    school: CanvasIntegration,
) -> None:
    DirtyMark.objects.bulk_create(
        DirtyMark(integration=school, course=number, resource="course") for number in range(30)
    )
    drain_at_once()
    assert sorted(Run.objects.values_list("course", flat=True)) == list(range(30))


def test_a_paused_integration_queues_nothing(school: CanvasIntegration, settings: Settings) -> None:
    settings.WEBHOOK_MERGE_SECONDS = 0
    CanvasIntegration.objects.update(paused_at=timezone.now())
    receive(school, [work()])
    assert async_to_sync(drain)().runs == 0
    assert DirtyMark.objects.exists()


def test_old_events_are_removed_but_for_the_newest(school: CanvasIntegration) -> None:
    receive(school, [work(student=student) for student in (1, 2, 3)])
    handle(2)
    WebhookEvent.objects.filter(handled_at__isnull=False).update(handled_at=in_seconds(-20 * 86400))
    assert async_to_sync(prune_events)() == 2
    handle(2)
    WebhookEvent.objects.update(handled_at=in_seconds(-20 * 86400))
    assert async_to_sync(prune_events)() == 0


def test_marks_nobody_could_settle_are_given_up(school: CanvasIntegration) -> None:
    outcome_of(school, work())
    DirtyMark.objects.update(marked_at=in_seconds(-25 * 3600))
    async_to_sync(prune_events)()
    assert not DirtyMark.objects.exists()


def silent(*, hours: int) -> list[str]:
    WebhookEvent.objects.update(received_at=in_seconds(-hours * 3600))
    Chore.objects.all().delete()
    return async_to_sync(note_silence)()


def test_silence_is_told_of_once_an_hour(school: CanvasIntegration) -> None:
    receive(school, [work()])
    assert silent(hours=25) == ["south"]
    assert async_to_sync(note_silence)() == []


def test_who_had_an_event_lately_or_never_is_not_silent(school: CanvasIntegration) -> None:
    assert silent(hours=25) == []
    receive(school, [work()])
    assert silent(hours=23) == []
