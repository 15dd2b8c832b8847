"""Workers are told of events: once for many, and never at the expense of who stores them."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

from tests.command import ROOT, clean_environment
from workers.messages import BrokerAwayError
from workers.waker import TASK, Waker

PATIENCE_S = 20.0


@pytest.fixture
def merged(settings: Any) -> Any:
    settings.BROKER_URL, settings.WEBHOOK_MERGE_SECONDS = "redis://127.0.0.1:9/0", 0
    return settings


def test_many_pokes_are_one_message_and_a_later_one_another(merged: Any) -> None:
    merged.WEBHOOK_MERGE_SECONDS = 0.2
    sent: queue.Queue[int] = queue.Queue()
    waker = Waker(lambda: sent.put(1))
    for _ in range(2):
        for _ in range(100):
            waker.poke()
        assert sent.get(timeout=PATIENCE_S)
        assert sent.empty()


def test_a_poke_while_a_message_is_sent_is_not_lost(merged: Any) -> None:
    sent: queue.Queue[int] = queue.Queue()

    def send() -> None:
        if sent.empty():
            waker.poke()
        sent.put(1)

    waker = Waker(send)
    waker.poke()
    assert [sent.get(timeout=PATIENCE_S) for _ in range(2)] == [1, 1]


def test_without_a_broker_there_is_nothing_to_do(merged: Any) -> None:
    merged.BROKER_URL = ""
    waker = Waker(lambda: pytest.fail("there is nobody to send to"))
    waker.poke()
    assert waker._thread is None


def test_a_forked_child_begins_its_own(merged: Any) -> None:
    sent: queue.Queue[int] = queue.Queue()
    waker = Waker(lambda: sent.put(1))
    waker.poke()
    assert sent.get(timeout=PATIENCE_S)
    child = os.fork()
    if child == 0:
        waker.poke()
        os._exit(0 if sent.get(timeout=PATIENCE_S) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


POKE = """
import sys, time, django
django.setup()
from workers.waker import waker
assert not [name for name in sys.modules if name.startswith(("celery", "kombu"))]
waker.poke()
time.sleep(60)
"""


@contextmanager
def poking(broker_url: str) -> Iterator[None]:
    """A process that pokes once."""
    named = {"DJANGO_SETTINGS_MODULE": "settings.base", "WEBHOOK_MERGE_SECONDS": "0"}
    environment = clean_environment(**named, BROKER_URL=broker_url)
    child = subprocess.Popen([sys.executable, "-c", POKE], cwd=ROOT, env=environment)
    try:
        yield
    finally:
        child.kill()
        child.wait(10)


def test_the_message_is_in_the_queue_that_workers_hurry_for(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as broker, poking(redis_url):
        deadline = time.monotonic() + PATIENCE_S
        while not (told := broker.lpop("realtime")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert json.loads(told)["headers"]["task"] == TASK


def test_a_broker_that_is_away_is_told_of_once_until_it_is_back(
    merged: Any, caplog: pytest.LogCaptureFixture
) -> None:
    away = [True, True, False, True]

    def send() -> None:
        if away.pop(0):
            raise BrokerAwayError("refused")

    waker = Waker(send)
    for _ in range(4):
        waker.tell()
    assert caplog.text.count("waker.no_broker") == 2
