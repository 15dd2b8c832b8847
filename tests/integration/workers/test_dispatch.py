"""Which queued runs get a message, in which order, and that the ledger forgets none."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from django.db.models.functions import Now

from canvas.models import CanvasIntegration
from sync.clock import in_seconds
from sync.models import Run
from workers.app import app
from workers.dispatch import AHEAD, CROWDED, dispatch
from workers.messages import depth

pytestmark = pytest.mark.django_db


class Post:
    """Keeps what it is given, up to `room`."""

    def __init__(self, room: int = 1000) -> None:
        self.sent: list[tuple[int, str]] = []
        self.room = room

    def __call__(self, messages: list[tuple[int, str]]) -> int:
        fits = messages[: self.room - len(self.sent)]
        self.sent += fits
        return len(fits)

    def runs(self) -> list[int]:
        return [run for run, _queue in self.sent]


@pytest.fixture(autouse=True)
def _broker(settings: Any) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:9/0"  # nothing is sent there: tests have a post


def school(name: str = "school") -> CanvasIntegration:
    return CanvasIntegration.objects.create(name=name, base_url=f"https://{name}.example.edu")


def queued(integration: CanvasIntegration, number: int = 1, **facts: Any) -> list[int]:
    runs = [
        Run.objects.create(
            integration=integration, course=course, **{"queue": Run.Queue.SCHEDULED} | facts
        )
        for course in range(number)
    ]
    return [run.pk for run in runs]


def send(post: Post) -> int:
    return async_to_sync(dispatch)(send=post, depth=lambda _queue: 0)


def test_a_run_that_waits_gets_one_message() -> None:
    post, (run,) = Post(), queued(school(), queue=Run.Queue.BULK)
    assert send(post) == 1
    assert send(post) == 0
    assert post.sent == [(run, "bulk")]


def test_a_message_that_is_too_old_counts_as_lost(settings: Any) -> None:
    post, (run,) = Post(), queued(school())
    send(post)
    Run.objects.update(dispatched_at=in_seconds(-settings.REDISPATCH_SECONDS))
    send(post)
    assert post.runs() == [run, run]


@pytest.mark.parametrize(
    "facts",
    [
        {"queue": ""},
        {"state": Run.State.RUNNING},
        {"state": Run.State.SUCCEEDED},
        {"not_before": in_seconds(60)},
    ],
    ids=["a command's own", "running", "ended", "not yet"],
)
def test_a_run_that_does_not_wait_for_a_worker_gets_none(facts: dict[str, Any]) -> None:
    queued(school(), **facts)
    assert send(Post()) == 0


def test_a_paused_integration_waits() -> None:
    integration = school()
    queued(integration)
    CanvasIntegration.objects.update(paused_at=Now())
    assert send(Post()) == 0
    CanvasIntegration.objects.update(paused_at=None)
    assert send(Post()) == 1


def test_integrations_take_turns_and_within_one_the_higher_priority_is_first() -> None:
    large, small = school("large"), school("small")
    first, second = queued(large, 2)
    (urgent,) = queued(large, priority=5)
    (alone,) = queued(small)
    post = Post()
    send(post)
    assert post.runs()[0] == urgent
    assert set(post.runs()[:2]) == {urgent, alone}
    assert post.runs()[2:] == [first, second]


def test_only_a_few_are_sent_ahead_and_more_when_these_are_taken() -> None:
    runs = queued(school(), AHEAD + 5)
    post = Post()
    assert send(post) == AHEAD
    Run.objects.filter(pk__in=runs[:3]).update(state=Run.State.RUNNING)
    assert send(post) == 3
    assert post.runs() == runs[: AHEAD + 3]


def test_each_queue_has_its_own_room() -> None:
    queued(school(), AHEAD + 1)
    post, (run,) = Post(), queued(school("other"), queue=Run.Queue.REALTIME)
    send(post)
    assert (run, "realtime") in post.sent


def test_a_queue_nobody_takes_from_gets_no_more_and_the_others_do(settings: Any) -> None:
    queued(school("left"), 3, queue=Run.Queue.BULK)
    queued(school("served"), queue=Run.Queue.REALTIME)
    send(Post())
    Run.objects.update(dispatched_at=in_seconds(-settings.REDISPATCH_SECONDS))
    post, asked = Post(), dict[str, int]()

    def told(queue: str) -> int:
        asked[queue] = CROWDED - (queue == Run.Queue.REALTIME)
        return asked[queue]

    assert async_to_sync(dispatch)(send=post, depth=told) == 1
    assert [queue for _run, queue in post.sent] == ["realtime"]
    assert set(asked) == {"bulk", "realtime"}


def test_the_broker_is_asked_only_about_messages_nobody_took() -> None:
    queued(school(), 3)

    def told(queue: str) -> int:
        raise AssertionError(queue)

    assert async_to_sync(dispatch)(send=Post(), depth=told) == 3


def test_what_a_broker_did_not_take_is_sent_next_time() -> None:
    runs = queued(school(), 3)
    assert send(Post(room=1)) == 1
    post = Post()
    assert send(post) == 2
    assert post.runs() == runs[1:]


def test_without_a_broker_all_wait(settings: Any) -> None:
    settings.BROKER_URL = ""
    queued(school())
    assert send(Post()) == 0


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """What Celery really sends to."""
    before, app.conf.broker_url = app.conf.broker_url, url
    try:
        yield
    finally:
        app.conf.broker_url = before


def test_a_broker_that_is_away_is_no_failure(settings: Any) -> None:
    """The real sender, against a port on which nobody listens."""
    with broker_at("redis://127.0.0.1:9/0"):
        queued(school())
        assert async_to_sync(dispatch)() == 0
        assert Run.objects.get().dispatched_at is None
        Run.objects.update(dispatched_at=in_seconds(-settings.REDISPATCH_SECONDS))
        assert async_to_sync(dispatch)() == 0


def test_a_broker_says_how_many_messages_wait(redis_url: str) -> None:
    with broker_at(redis_url):
        name = f"depth-{secrets.token_hex(4)}"
        assert depth(name) == 0
        with redis.Redis.from_url(redis_url) as broker:
            broker.rpush(name, "one", "two", "three")
        assert depth(name) == 3
