"""What comes late in a window is drained when it is due, not at the next tick."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from pytest_django.fixtures import Settings

from canvas.models import CanvasIntegration
from sync.clock import in_seconds
from sync.models import DirtyMark
from workers.inbox import TASK, drain_and_follow
from workers.messages import Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def said(settings: Settings) -> list[Message]:
    settings.BROKER_URL = "redis://127.0.0.1:9/0"  # nothing is sent there
    settings.WEBHOOK_MERGE_SECONDS = 5
    return []


def drained(said: list[Message]) -> None:
    async def tell(message: Message) -> bool:
        said.append(message)
        return True

    async_to_sync(drain_and_follow)(tell=tell)


def mark(*, due_s: float) -> None:
    school, _ = CanvasIntegration.objects.get_or_create(name="school", base_url="https://a.edu")
    DirtyMark.objects.create(
        integration=school, course=101, resource="sections", due_at=in_seconds(due_s)
    )


def test_the_next_drain_is_sent_ahead_once(said: list[Message]) -> None:
    mark(due_s=4.5)
    drained(said)
    drained(said)
    (message,) = said
    assert (message.name, message.queue) == (TASK, "realtime")
    assert message.after_s is not None
    assert 0 < message.after_s <= 4.5


@pytest.mark.parametrize("due_s", [None, 20])
def test_what_is_due_later_is_for_a_tick(said: list[Message], due_s: float | None) -> None:
    if due_s is not None:
        mark(due_s=due_s)
    drained(said)
    assert said == []
