"""What an operator sees of the schedule, and what is changed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from management.management.commands.schedule import Command
from sync.discovery import NEVER
from sync.models import SyncSchedule, Watermark
from tests.integration.management.operating import Answer, Operator
from tests.integration.workers.scheduling import Timetable, left_s, tick

# The command has a thread, and so a connection, of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(db: None) -> Timetable:
    """Courses 101 and 102 in an hour, 103 never."""
    table = Timetable()
    SyncSchedule.objects.create(integration=table.integration, course=None)
    table.course(101, in_s=3600, name="Biology [1]", cadence_s=3600, cadence_because="as usual")
    table.course(102, in_s=3600)
    gone = table.course(103, workflow_state="deleted")
    SyncSchedule.objects.filter(pk=gone.pk).update(next_at=NEVER)
    return table


@pytest.fixture
def schedule(capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(Command, capsys)


def entries(answer: Answer) -> dict[int | None, dict[str, Any]]:
    (shown,) = answer.document["integrations"]
    return {entry["course"]: entry for entry in shown["entries"]}


def test_a_table_says_when_what_is_next_and_why(table: Timetable, schedule: Operator) -> None:
    SyncSchedule.objects.filter(course=102).update(paused=True)
    shown = schedule().stdout.splitlines()
    assert shown[0] == "school: 0 of 5 units/s planned"
    assert [" ".join(line.split()) for line in shown[2:]] == [
        "(list) due 6 h never yet",
        "101 Biology [1] in 59 min 1 h as usual",
        "102 paused - never yet",
        "103 never - it is deleted",
    ]
    assert max(map(len, shown)) <= 80


def test_a_document_says_the_same(table: Timetable, schedule: Operator) -> None:
    found = entries(schedule("--json"))
    assert list(found) == [None, 101, 102, 103]
    assert (found[101]["every_s"], found[101]["because"]) == (3600, "as usual")
    assert (found[103]["next_at"], found[103]["state"]) == (None, "deleted")
    assert list(entries(schedule("list", "102", "--json"))) == [102]


def test_a_stretched_schedule_says_so(table: Timetable, schedule: Operator) -> None:
    Watermark.objects.create(
        integration=table.integration, course=101, source="sections", full_cost=5 * 3600 * 2
    )
    assert "10 of 5 units/s planned; intervals stretched × 2.0" in schedule().stdout
    assert entries(schedule("--json"))[101]["every_s"] == pytest.approx(7200, rel=1e-3)


def test_what_is_set_by_hand_is_kept_to(table: Timetable, schedule: Operator) -> None:
    answer = schedule("set", "101", "--every", "10m", "--window", "22:00-06:00", "--priority", "5")
    assert (answer.code, "1 entry changed" in answer.stderr) == (0, True)
    row = SyncSchedule.objects.get(course=101)
    assert (row.interval_s, row.priority, row.paused) == (600, 5, False)
    assert left_s(row) <= 600
    assert entries(schedule("--json"))[101]["window"] == "22:00-06:00"
    schedule("set", "101", "--auto", "--window", "none")
    row.refresh_from_db()
    assert (row.interval_s, row.window_start, row.window_end) == (None, None, None)


def test_a_pause_without_a_course_is_that_of_the_whole_canvas(
    table: Timetable, schedule: Operator
) -> None:
    SyncSchedule.objects.filter(course=101).update(next_at="2020-01-01T00:00:00Z")
    schedule("set", "--pause")
    assert tick().runs == 0
    schedule("set", "--resume")
    SyncSchedule.objects.filter(course=None).update(next_at=NEVER)
    assert tick().runs == 1


def test_all_courses_can_be_meant(table: Timetable, schedule: Operator) -> None:
    assert "3 entries changed" in schedule("set", "--all", "--every", "2h").stderr
    assert SyncSchedule.objects.get(course=None).interval_s is None
    assert left_s(SyncSchedule.objects.get(course=103)) > 365 * 86_400


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("set", "101"), "needs to know what"),
        (("set", "--priority", "5"), "a priority is of courses"),
        (("set", "7", "--pause"), "not on the schedule: course 7"),
        (("7",), "invalid choice"),
        (("list", "7"), "not on the schedule: course 7"),
        (("list", "--pause"), "changes nothing"),
        (("set", "101", "--every", "5"), "no span from a minute to a year"),
        (("set", "101", "--every", "30s"), "no span from a minute to a year"),
        (("set", "101", "--window", "25:00-06:00"), "no window of the day"),
        (("set", "101", "--window", "06:00-06:00"), "no window of the day"),
        (("set", "101", "--priority", "high"), "a whole number from -1000 to 1000"),
        (("set", "101", "--pause", "--resume"), "not allowed with"),
        (("set", "--integration", "nowhere", "--pause"), "no integration is called nowhere"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    table: Timetable, schedule: Operator, arguments: tuple[str, ...], complaint: str
) -> None:
    answer = schedule(*arguments)
    assert (answer.code, answer.stdout) == (2, "")
    assert complaint in answer.stderr


def test_of_several_canvases_one_is_named(table: Timetable, schedule: Operator) -> None:
    SyncSchedule.objects.create(integration=Timetable("other").integration, course=None)
    assert "add --integration NAME" in schedule("set", "--pause").stderr
    assert schedule("set", "--pause", "--integration", "other").code == 0
    assert not SyncSchedule.objects.get(course=None, integration=table.integration).paused
