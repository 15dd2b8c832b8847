"""Tells the workers that events wait: one message for all that came within a few seconds.

It only makes them look sooner than `reconcile` would, so whoever stored an event neither waits for
the broker nor learns that it is away.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog
from django.conf import settings

from workers.messages import BrokerAwayError, Message, post

log = structlog.get_logger(__name__)

TASK: Final = "workers.tasks.drain_webhooks"
QUEUE: Final = "realtime"


class Waker:
    """One thread per process, begun by the first poke; a forked child begins its own."""

    def __init__(self, send: Callable[[], None] | None = None) -> None:
        self._send = send or _send
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._poked = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_away = False

    def poke(self) -> None:
        """Returns at once, whatever the broker does."""
        if self._poked.is_set() or not settings.BROKER_URL:
            return
        self._poked.set()
        if not self._is_working():
            self._start()

    def _is_working(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start(self) -> None:
        with self._starting:
            if not self._is_working():
                self._thread = threading.Thread(target=self._work, name="waker", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            self._poked.wait()
            time.sleep(settings.WEBHOOK_MERGE_SECONDS)
            self._poked.clear()  # before sending: what comes from now on needs another message
            self.tell()

    def tell(self) -> None:
        """Send one message now; a broker that is away is logged once until it is back."""
        try:
            self._send()
        except BrokerAwayError as error:
            if not self._is_away:
                log.warning("waker.no_broker", error=str(error))
            self._is_away = True
        else:
            self._is_away = False


def _send() -> None:
    post([Message(name=TASK, queue=QUEUE)])


waker: Final = Waker()
