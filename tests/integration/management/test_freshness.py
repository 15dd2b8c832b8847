"""How fresh the mirror is: as a document, as a table, as the status page, and as a plan."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from management.management.commands.freshness import Command as FreshnessCommand
from management.management.commands.plan import Command as PlanCommand
from sync.models import Run, Watermark
from sync.plan import PLAN
from tests.integration.management.operating import Operator
from tests.integration.models.school import School

HOUR = dt.timedelta(hours=1)
# The command has a thread, and so a connection, of its own.
pytestmark = pytest.mark.django_db(transaction=True)


def mark(school: School, source: str, **columns: Any) -> Watermark:
    read = timezone.now() - HOUR
    values = {"read_at": read, "complete_at": read, "full_requests": 10, "full_cost": 5.0}
    return Watermark.objects.create(
        integration=school.integration, course=101, source=source, **(values | columns)
    )


@pytest.fixture
def marks(school: School) -> dict[str, Watermark]:
    """Course 101 was read in full an hour ago; its New Quizzes are not there."""
    return {s.name: mark(school, s.name) for s in PLAN if not s.optional}


@pytest.fixture
def freshness(capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(FreshnessCommand, capsys)


@pytest.fixture
def plan(capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(PlanCommand, capsys)


def resources_of(document: Any) -> dict[str, Any]:
    (course,) = document["courses"]
    assert (course["integration"], course["course"]) == ("school", 101)
    found: dict[str, Any] = course["resources"]
    return found


def test_each_resource_says_as_of_when_it_is_complete(
    marks: dict[str, Watermark], freshness: Operator
) -> None:
    resources = resources_of(freshness("--json").document)
    complete = dt.datetime.fromisoformat(resources["submissions"]["complete_as_of"])
    stored = marks["submissions"].complete_at
    assert stored is not None
    assert complete == stored.replace(microsecond=0)
    assert 3600 <= resources["submissions"]["age_s"] < 3700
    assert dt.datetime.fromisoformat(resources["quizzes"]["next_due"]) == complete + 24 * HOUR


def test_a_resource_is_as_fresh_as_the_source_read_longest_ago(
    marks: dict[str, Watermark], freshness: Operator
) -> None:
    before = timezone.now() - 5 * HOUR
    Watermark.objects.filter(source="rubrics").update(complete_at=before)
    resources = resources_of(freshness("--json").document)
    assert resources["rubric_criteria"]["age_s"] >= 5 * 3600
    assert resources["assignments"]["age_s"] < 2 * 3600


def test_a_source_that_was_never_read_whole_is_due_now(
    marks: dict[str, Watermark], freshness: Operator
) -> None:
    marks["sections"].delete()
    sections = resources_of(freshness("--json").document)["sections"]
    assert (sections["complete_as_of"], sections["age_s"]) == (None, None)
    assert sections["full_because"] == "never read to its end"
    assert dt.datetime.fromisoformat(sections["next_due"]) <= timezone.now()


def test_what_asks_for_a_full_reading_is_named(
    marks: dict[str, Watermark], freshness: Operator
) -> None:
    Watermark.objects.filter(source="submissions").update(full_because="enrollments changed")
    shown = freshness().stdout
    assert "due" in shown
    together = "submissions, submission_comments, rubric_assessments"
    assert shown.splitlines()[-1] == f"course 101: {together}: enrollments changed"
    submissions = resources_of(freshness("--json").document)["submissions"]
    assert submissions["full_because"] == "enrollments changed"


def test_a_course_that_is_not_mirrored_is_named(
    marks: dict[str, Watermark], freshness: Operator
) -> None:
    answer = freshness("101", "999")
    assert answer.code == 2
    assert "not in the mirror: 999" in answer.stderr
    assert "sync_course 999" in answer.stderr


def test_an_integration_that_is_not_stored_is_named(
    marks: dict[str, Watermark], freshness: Operator, plan: Operator
) -> None:
    for command in (freshness, plan):
        answer = command("--integration", "nowhere")
        assert (answer.code, answer.stdout) == (2, "")
        assert "no integration is called nowhere (stored: school)" in answer.stderr
        assert command("--integration", "school").code == 0


def test_the_table_fits_a_terminal(marks: dict[str, Watermark], freshness: Operator) -> None:
    lines = freshness().stdout.splitlines()
    assert lines[0].startswith("course 101 of school (times in UTC)")
    assert "…" not in "".join(lines)
    assert max(map(len, lines)) <= 80


def test_an_empty_mirror_says_what_to_do(freshness: Operator) -> None:
    assert "manage.py sync_course ID" in freshness().stderr
    assert freshness("--json").document["courses"] == []


def test_the_status_page_says_the_same_without_a_login(
    marks: dict[str, Watermark], freshness: Operator
) -> None:
    response = Client().get("/status.json", secure=True)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    said = resources_of(json.loads(response.content))["submissions"]
    again = resources_of(freshness("--json").document)["submissions"]
    assert said["complete_as_of"] == again["complete_as_of"] is not None


def test_the_status_page_takes_courses(marks: dict[str, Watermark]) -> None:
    client = Client()
    assert json.loads(client.get("/status.json?course=7", secure=True).content)["courses"] == []
    refused = client.get("/status.json?course=seven", secure=True)
    assert (refused.status_code, "Canvas id" in refused.json()["error"]) == (400, True)
    assert client.post("/status.json", secure=True).status_code == 405


def test_a_plan_adds_up_what_the_last_readings_cost(
    marks: dict[str, Watermark], school: School, plan: Operator
) -> None:
    Watermark.objects.filter(source="submissions").update(requests=2, cost=0.5)
    Run.objects.create(
        integration=school.integration, course=101, state="succeeded", seconds=22, requests=110
    )
    (course,) = plan("--json").document["courses"]
    sources = len(marks)
    assert course["full"]["requests"] == sources * 10
    assert course["next"] == {
        "requests": (sources - 2) * 10 + 2,
        "cost": (sources - 2) * 5 + 0.5,
        "seconds": pytest.approx(((sources - 2) * 10 + 2) * 0.2),
    }
    assert course["in_full"] == {}


def test_a_plan_says_what_will_be_read_in_full_and_why(
    marks: dict[str, Watermark], plan: Operator, settings: LazySettings
) -> None:
    Watermark.objects.filter(source="submissions").update(full_because="an assignment changed")
    (course,) = plan("--json").document["courses"]
    assert course["in_full"] == {"submissions": "an assignment changed"}
    assert "submissions in full: an assignment changed" in plan().stdout
    settings.FULL_WALK_HOURS = 1
    in_full = plan("--json").document["courses"][0]["in_full"]
    assert in_full["group_memberships"] == "the last full reading is too old"


def test_a_plan_of_an_unknown_course_is_refused(
    marks: dict[str, Watermark], plan: Operator
) -> None:
    answer = plan("7")
    assert (answer.code, "no run has left figures of course 7" in answer.stderr) == (2, True)
