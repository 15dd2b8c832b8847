"""The courses of an account become rows of the schedule, and stay in step with Canvas."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from pytest_django.fixtures import Settings

from canvas.errors import CanvasDownError, ForbiddenError
from canvas.models import CanvasCourse, CanvasIntegration
from simulator import Canvas, start
from sync.discovery import spread_s
from sync.listed import Filter
from sync.models import Run, SyncSchedule, Watermark
from tests.integration.workers.scheduling import DAY_S, left_s, tick
from tests.unit.sync.fakes import CannedReader
from workers.discovering import Discovery, discover, discover_by_id, knows_term, list_courses
from workers.schedule import ensure_schedule

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/accounts/self/courses"


@pytest.fixture(scope="module")
def _running() -> Iterator[Canvas]:
    with start("tiny", throttle=False) as running:
        yield running


@pytest.fixture
def canvas(_running: Canvas) -> Canvas:
    _running.reset()
    return _running


def connected(canvas: Canvas, token: str = "admin") -> CanvasIntegration:
    integration = CanvasIntegration(name="school", base_url=canvas.url)
    integration.set_token(token)
    integration.save()
    async_to_sync(ensure_schedule)(integration)
    return integration


@pytest.fixture
def school(canvas: Canvas, db: None, settings: Settings) -> CanvasIntegration:
    settings.CANVAS_ALLOW_INSECURE, settings.BROKER_URL = True, ""
    return connected(canvas)


def listed(integration: CanvasIntegration, **only: Any) -> Discovery:
    return async_to_sync(discover)(integration, Filter(**only))


def read(integration: CanvasIntegration, *pages: list[dict[str, Any]], **more: Any) -> Discovery:
    """What a list of these records comes to."""
    reader, found = CannedReader({LIST: pages}), Discovery()
    reader.ends_proven = more.get("ends_proven", True)
    stop = threading.Event()
    async_to_sync(list_courses)(integration, Filter(), reader=reader, found=found, stop=stop)
    return found


def row(course: int) -> SyncSchedule:
    return SyncSchedule.objects.get(course=course)


def mirrored(integration: CanvasIntegration, course: int) -> None:
    CanvasCourse.objects.create(integration=integration, canvas_id=course)
    Watermark.objects.create(integration=integration, course=course, source="sections")


def test_the_courses_of_all_sub_accounts_are_scheduled(school: CanvasIntegration) -> None:
    found = listed(school)
    nothing = dict.fromkeys(("restricted", "deleted", "unlisted", "unreadable", "held"), 0)
    assert found.counts() == nothing | {"listed": 3, "new": 3, "complete": True, "requests": 1}
    assert row(103).name == "Seminar: Museum work"
    assert (row(103).workflow_state, row(103).term_id) == ("available", 3)
    assert row(103).ends_at is not None
    assert SyncSchedule.objects.exclude(course=None).count() == 3


def test_first_loads_are_due_at_once_and_others_at_times_of_their_own(
    school: CanvasIntegration,
) -> None:
    mirrored(school, 102)
    listed(school)
    assert left_s(row(101)) <= 0
    assert left_s(row(102)) == pytest.approx(spread_s(school.pk, 102, over_s=3600), abs=5)
    spread = [spread_s(school.pk, course, over_s=1.0) for course in range(1000)]
    in_tenths = [sum(int(at * 10) == tenth for at in spread) for tenth in range(10)]
    assert min(in_tenths) > 60


def test_a_second_list_changes_nothing_that_a_person_or_the_schedule_set(
    school: CanvasIntegration, canvas: Canvas
) -> None:
    listed(school)
    SyncSchedule.objects.filter(course=101).update(
        interval_s=60, priority=3, paused=True, jitter=0.3, failures=2, cadence_s=60
    )
    tick()
    before = SyncSchedule.objects.filter(course=101).values().get()
    canvas.mutate("rename_course", course_id=101, name="Biology, renamed")
    assert listed(school).new == 0
    after = SyncSchedule.objects.filter(course=101).values().get()
    assert after.pop("name") == "Biology, renamed" != before.pop("name")
    assert after.pop("listed_at") > before.pop("listed_at")
    assert after == before


def test_a_deleted_course_is_looked_after_once_if_the_mirror_has_it(
    school: CanvasIntegration, canvas: Canvas
) -> None:
    listed(school)
    mirrored(school, 101)
    tick()
    Run.objects.all().delete()
    canvas.mutate("delete_course", course_id=101)
    canvas.mutate("delete_course", course_id=102)
    assert listed(school).counts()["deleted"] == 2
    assert left_s(row(102)) > 365 * DAY_S
    assert tick().runs == 1
    assert Run.objects.get().course == 101
    assert left_s(row(101)) > 365 * DAY_S


def test_a_deleted_course_that_is_restored_is_scheduled_again(
    school: CanvasIntegration, canvas: Canvas
) -> None:
    canvas.mutate("delete_course", course_id=101)
    listed(school)
    canvas.world.courses[101].workflow_state = "available"
    listed(school)
    assert left_s(row(101)) <= 0


def test_a_course_that_left_a_complete_list_is_looked_after_once(
    school: CanvasIntegration, canvas: Canvas
) -> None:
    listed(school)
    mirrored(school, 102)
    tick()
    Run.objects.all().delete()
    CanvasIntegration.objects.update(account_id="4")
    school.refresh_from_db()
    assert listed(school).unlisted == 2
    assert [tick().runs, tick().runs] == [1, 0]
    assert Run.objects.get().course == 102
    assert (row(102).workflow_state, left_s(row(102)) > 365 * DAY_S) == ("unlisted", True)
    assert listed(school).unlisted == 0
    CanvasIntegration.objects.update(account_id="self")
    school.refresh_from_db()
    listed(school)
    assert left_s(row(102)) <= 0


@pytest.mark.parametrize("fault", ["forbidden_403", "not_a_list", "empty_list", "empty_middle"])
def test_a_list_that_failed_or_is_not_to_be_believed_takes_no_course_away(
    school: CanvasIntegration, canvas: Canvas, fault: str
) -> None:
    listed(school)
    before = list(SyncSchedule.objects.exclude(course=None).values_list("course", "next_at"))
    canvas.faults.add(fault, LIST, times=None)
    async_to_sync(discover_by_id)(school.pk)
    after = list(SyncSchedule.objects.exclude(course=None).values_list("course", "next_at"))
    assert after == before
    assert not SyncSchedule.objects.filter(workflow_state="unlisted").exists()


def test_a_list_without_a_third_of_the_courses_is_not_believed(school: CanvasIntegration) -> None:
    records = [{"id": course} for course in range(1, 101)]
    read(school, records)
    found = read(school, records[:69])
    assert (found.unlisted, found.held) == (0, True)
    assert read(school, records[:70]).unlisted == 30


def test_a_list_that_cannot_be_had_is_asked_for_ever_later(
    school: CanvasIntegration, canvas: Canvas
) -> None:
    canvas.faults.add("forbidden_403", LIST, times=None)
    waits = []
    for _ in range(3):
        with pytest.raises(ForbiddenError):
            listed(school)
        waits.append(left_s(SyncSchedule.objects.get(course=None)))
    assert waits == [pytest.approx(wait, abs=5) for wait in (900, 1800, 3600)]
    canvas.faults.clear()
    listed(school)
    found = SyncSchedule.objects.get(course=None)
    assert (found.failures, found.cadence_s) == (0, 6 * 3600)
    assert left_s(found) >= 6 * 3600 - 5


def test_who_may_not_see_the_list_keeps_what_was_mirrored_by_hand(
    school: CanvasIntegration, canvas: Canvas
) -> None:
    mirrored(school, 101)
    canvas.faults.add("forbidden_403", LIST, times=2)
    for _ in range(2):
        async_to_sync(discover_by_id)(school.pk)
    assert (row(101).listed_at, 0 < left_s(row(101)) < 3600) == (None, True)
    assert SyncSchedule.objects.exclude(course=None).count() == 1


def test_without_a_broker_the_list_is_read_by_whoever_finds_it_due(
    school: CanvasIntegration,
) -> None:
    assert tick().to_list == (school.pk,)
    assert tick().runs == 3
    assert tick().to_list == ()


def test_two_lists_at_once_are_one_list(school: CanvasIntegration) -> None:
    records = [{"id": course, "workflow_state": "available"} for course in (1, 2)]
    assert read(school, records).new == 2
    assert read(school, records, [{"id": 2, "workflow_state": "available"}]).new == 0
    assert SyncSchedule.objects.exclude(course=None).count() == 2


def test_a_stub_is_noted_and_not_scheduled_until_it_is_none(school: CanvasIntegration) -> None:
    whole = {"id": 7, "name": "Art", "workflow_state": "available"}
    stub = {"id": 7, "access_restricted_by_date": True}
    read(school, [whole])
    assert read(school, [stub]).counts()["restricted"] == 1
    assert (row(7).name, row(7).workflow_state, row(7).is_restricted) == ("Art", "available", True)
    assert left_s(row(7)) > 365 * DAY_S
    read(school, [whole])
    assert (row(7).is_restricted, left_s(row(7)) <= 0) == (False, True)


@pytest.mark.parametrize(
    ("pages", "ends_proven", "unlisted"),
    [
        ([[{"id": 1}]], True, 1),
        ([[{"id": 1}]], False, 0),
        ([[{"id": 1}, {"id": "seven"}]], True, 0),
        ([[{"id": 1}], [{"id": 2}]], True, 0),
    ],
    ids=["whole", "end not shown", "a record without an id", "nothing missing"],
)
def test_a_course_is_missing_only_from_a_list_that_is_known_to_be_whole(
    school: CanvasIntegration, pages: Any, ends_proven: bool, unlisted: int
) -> None:
    read(school, [{"id": 1}, {"id": 2}])
    assert read(school, *pages, ends_proven=ends_proven).unlisted == unlisted


def test_pages_before_an_error_stay(school: CanvasIntegration) -> None:
    read(school, [{"id": 1}])
    down: Any = CanvasDownError()
    with pytest.raises(CanvasDownError):
        read(school, [{"id": 2}], down)
    scheduled = SyncSchedule.objects.exclude(course=None).order_by("course")
    assert [(one.course, one.workflow_state) for one in scheduled] == [(1, ""), (2, "")]


def test_a_filter_is_passed_on_to_canvas_and_takes_nothing_away(
    school: CanvasIntegration, canvas: Canvas
) -> None:
    listed(school)
    canvas.world.courses[102].workflow_state = "claimed"
    found = listed(school, term=2, states=("unpublished",))
    assert [one.course for one in found.courses] == [102]
    assert (found.unlisted, row(101).workflow_state) == (0, "available")
    assert found.courses[0].state == "unpublished"


def test_terms_are_told_apart_from_those_that_do_not_exist(school: CanvasIntegration) -> None:
    assert async_to_sync(knows_term)(school, 2) is True
    assert async_to_sync(knows_term)(school, 77) is False


def test_a_whole_school_is_listed_in_a_few_requests(db: None, settings: Settings) -> None:
    settings.CANVAS_ALLOW_INSECURE, settings.BROKER_URL = True, ""
    with start("school", throttle=False) as canvas:
        school = connected(canvas)
        found = listed(school)
        assert len(canvas.requests) == found.requests <= 3
    assert (found.new, found.counts()["deleted"]) == (200, 10)
    assert SyncSchedule.objects.exclude(course=None).count() == 200
    assert [tick().runs, tick().runs] == [100, 90]
