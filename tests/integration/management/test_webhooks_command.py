"""manage.py webhooks, and what the status page says of events."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from canvas.models import CanvasCourse
from management.management.commands.webhooks import Command
from sync.clock import in_seconds
from sync.handling import handle
from sync.models import DirtyMark, WebhookEvent
from tests.acceptance.refreshing import document, receive
from tests.integration.management.operating import Operator
from tests.integration.models.school import School

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def webhooks(capsys: pytest.CaptureFixture[str], settings: Settings) -> Operator:
    settings.BROKER_URL = ""
    return Operator(Command, capsys)


@pytest.fixture
def event(school: School) -> WebhookEvent:
    """Course 101 was updated, and that was handled."""
    CanvasCourse.objects.get_or_create(integration=school.integration, canvas_id=101)
    receive(school.integration, [document("course_updated", course_id="101")])
    handle(10)
    return WebhookEvent.objects.get()


def test_the_list_says_when_the_last_event_came_and_what_came_of_it(
    event: WebhookEvent, webhooks: Operator
) -> None:
    said = webhooks("list").stdout
    assert f"school: last event {event.received_at:%Y-%m-%d %H:%M:%S} UTC" in said
    assert "course_updated" in said
    assert "marked" in said


def test_the_list_is_one_document(event: WebhookEvent, webhooks: Operator) -> None:
    found = webhooks("list", "--json").document
    assert [(one["event"], one["outcome"]) for one in found["events"]] == [(event.pk, "marked")]
    assert found["heartbeats"][0]["waiting"] == 0


def test_the_list_can_be_of_one_outcome(event: WebhookEvent, webhooks: Operator) -> None:
    assert webhooks("list", "--outcome", "waiting", "--json").document["events"] == []
    assert len(webhooks("list", "--outcome", "marked", "--json").document["events"]) == 1


def test_silence_is_warned_of(event: WebhookEvent, webhooks: Operator) -> None:
    WebhookEvent.objects.update(received_at=in_seconds(-25 * 3600))
    assert "switched the subscription off" in webhooks("list").stderr


def test_an_event_is_shown_with_what_it_marks(event: WebhookEvent, webhooks: Operator) -> None:
    found = webhooks("show", str(event.pk), "--json").document
    assert found["document"]["body"] == {"course_id": "101"}
    assert found["marks"] == [{"course": 101, "source": "course", "target": ""}]
    assert "marks course (all) of course 101" in webhooks("show", str(event.pk)).stdout


def test_an_event_is_handled_once_more(event: WebhookEvent, webhooks: Operator) -> None:
    DirtyMark.objects.all().delete()
    assert webhooks("replay", str(event.pk)).code == 0
    assert DirtyMark.objects.count() == 1
    assert WebhookEvent.objects.get().outcome == "marked"


@pytest.mark.parametrize(
    "words",
    [("show",), ("show", "1", "2"), ("show", "99"), ("replay",), ("replay", "99"), ("list", "5")],
)
def test_what_names_no_event_is_refused_with_the_next_step(
    words: tuple[str, ...], school: School, webhooks: Operator
) -> None:
    said = webhooks(*words)
    assert said.code == 2
    assert "webhooks" in said.stderr


def test_the_status_page_tells_of_events(event: WebhookEvent, client: Client) -> None:
    found = json.loads(client.get("/status.json", secure=True).content)["events"]
    assert [(one["integration"], one["waiting"], one["silent"]) for one in found] == [
        ("school", 0, False)
    ]
