"""The thread that posts events, each at least once, tries again, and gives up (canvas-api 6.2)."""

from __future__ import annotations

import heapq
import http.client
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from random import Random
from urllib.parse import urlsplit

from simulator.live_events.envelope import Event
from simulator.live_events.keys import plain
from simulator.live_events.subscriptions import DELIVERED, LOST, WAITING, Delivery, Subscription

TRIES = 4
TIMEOUT_S = 15.0
BACKOFF_S = 0.5
WAYS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


class Postman:
    """Delivers to everybody who subscribed, without any promise of order.

    A signature is made for each try, so that a late one bears the key of its moment. The first
    pause is `backoff_s`, each further one twice as long, with jitter; Canvas's is two minutes.
    """

    def __init__(self, sign: Callable[[Event], bytes], *, seed: int) -> None:
        self.sign = sign
        self.backoff_s, self.timeout_s = BACKOFF_S, TIMEOUT_S
        self.subscriptions: list[Subscription] = []
        self.deliveries: list[Delivery] = []
        self._chance = Random(seed)
        self._due: list[tuple[float, float, int, Delivery]] = []
        self._open = 0
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def subscribe(self, subscription: Subscription) -> None:
        """Tell this receiver of what is sent from now on."""
        with self._changed:
            self.subscriptions.append(subscription)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="simulator-live-events", daemon=True
                )
                self._thread.start()

    def unsubscribe(self, url: str | None = None) -> None:
        """Tell this receiver, or all of them, no more; what waits for them is forgotten."""
        with self._changed:
            kept = [one for one in self.subscriptions if url not in (None, one.url)]
            self.subscriptions = kept
            self._forget(lambda delivery: delivery.subscription not in kept)

    def send(self, events: Sequence[Event]) -> None:
        """Put events on their way to every receiver; returns at once."""
        with self._changed:
            for one in self.subscriptions:
                due_at = time.monotonic() + one.delay_s
                for event in [event for event in events for _ in range(1 + one.copies)]:
                    delivery = Delivery(subscription=one, event=event)
                    self.deliveries.append(delivery)
                    self._open += 1
                    self._put(delivery, due_at=due_at)
            self._changed.notify_all()

    def wait(self, timeout_s: float = 60.0) -> None:
        """Until all is delivered or given up. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, timeout_s):
                raise TimeoutError(f"{self._open} events are still on their way")

    def clear(self) -> None:
        """Forget what was delivered and what waits; the receivers stay."""
        with self._changed:
            self._forget(lambda delivery: True)
            self.deliveries.clear()

    def stop(self) -> None:
        """Deliver no more."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    def _put(self, delivery: Delivery, *, due_at: float) -> None:
        mixed = self._chance.random() if delivery.subscription.shuffle else 0.0
        heapq.heappush(self._due, (due_at, mixed, next(self._order), delivery))

    def _forget(self, unwanted: Callable[[Delivery], bool]) -> None:
        gone = [entry[3] for entry in self._due if unwanted(entry[3])]
        for delivery in gone:
            delivery.state = LOST
        self._due = [entry for entry in self._due if entry[3].state == WAITING]
        heapq.heapify(self._due)
        self._open -= len(gone)
        self._changed.notify_all()

    def _work(self) -> None:
        while (delivery := self._next()) is not None:
            status = self._post(delivery)
            with self._changed:
                self._settle(delivery, status)
                self._changed.notify_all()

    def _next(self) -> Delivery | None:
        """The delivery that is due, waited for; None when the work is over."""
        with self._changed:
            while not self._stopping:
                pause_s = self._due[0][0] - time.monotonic() if self._due else None
                if pause_s is not None and pause_s <= 0:
                    return heapq.heappop(self._due)[3]
                self._changed.wait(pause_s)
        return None

    def _settle(self, delivery: Delivery, status: int | None) -> None:
        delivery.statuses.append(status)
        if status is not None and 200 <= status < 300:
            delivery.state = DELIVERED
        elif len(delivery.statuses) >= TRIES or delivery.subscription not in self.subscriptions:
            delivery.state = LOST
        else:
            pause_s = self.backoff_s * 2 ** (len(delivery.statuses) - 1)
            jitter = self._chance.uniform(0.8, 1.2)
            self._put(delivery, due_at=time.monotonic() + pause_s * jitter)
        self._open -= delivery.state != WAITING

    def _post(self, delivery: Delivery) -> int | None:
        """The status answered, or None when nobody did."""
        one = delivery.subscription
        body = self.sign(delivery.event) if one.signed else plain(delivery.event)
        address = urlsplit(one.url)
        path = f"{address.path or '/'}{'?' + address.query if address.query else ''}"
        connection = WAYS[address.scheme](address.netloc, timeout=self.timeout_s)
        try:
            connection.request("POST", path, body, {"Content-Type": one.sent_as})
            status: int = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return status
