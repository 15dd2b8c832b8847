"""A token's traffic in virtual time: the model of the bucket against the simulator's real one."""

import functools
import heapq
import itertools
import random
from collections.abc import Callable

from canvas.client.bucket import Answered, Bucket, Outcome, Rejected
from canvas.client.budget import HIGHEST
from simulator.throttle import OUTFLOW_PER_S, Throttle

TOKEN = "token"
WARM_UP_S = 30.0
Event = Callable[[], object]


class Rehearsal:
    """`askers` ask without pause. Seconds: `latency_s` at Canvas, `way_s` there and back each."""

    def __init__(
        self,
        *,
        cost: float = 1.28,
        latency_s: float = 0.2,
        way_s: float = 0.05,
        askers: int = 50,
        highest: int = HIGHEST,
        seed: int = 1,
    ) -> None:
        self.now, self.lowest = 0.0, 1000.0
        self.rejected_at: list[float] = []
        self.throttle = Throttle(ticks=lambda: self.now)
        self.bucket = Bucket(highest=highest)
        self._cost, self._latency_s, self._way_s = cost, latency_s, way_s
        self._chance = random.Random(seed)
        self._waiting, self._served, self._alarm = 0, 0.0, 0
        self._events: list[tuple[float, int, Event]] = []
        self._numbers = itertools.count()
        for _ in range(askers):
            self.after(self._chance.random(), self._want)

    def run(self, seconds: float) -> None:
        while self._events and self._events[0][0] < seconds:
            self.now, _, happen = heapq.heappop(self._events)
            happen()
        self.now = seconds

    def after(self, seconds: float, happen: Event) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._numbers), happen))

    @property
    def share_used(self) -> float:
        """Of the allowed rate, after the warm-up."""
        return self._served / (OUTFLOW_PER_S * (self.now - WARM_UP_S))

    @property
    def late_rejections(self) -> list[float]:
        return [at for at in self.rejected_at if at > WARM_UP_S]

    def _want(self) -> None:
        self._waiting += 1
        self._next()

    def _next(self) -> None:
        while self._waiting:
            turn = self.bucket.turn(self.now)
            if turn.wait_s:
                self._wake_later(turn.wait_s if turn.tight else None)
                return
            self._waiting -= 1
            self.bucket.enter(self.now)
            self.after(self._about(self._way_s), functools.partial(self._arrive, self.now))

    def _wake_later(self, seconds: float | None) -> None:
        """Whoever leaves wakes the first in line as well; an older alarm then rings for nobody."""
        self._alarm += 1
        alarm = self._alarm
        if seconds is not None:
            self.after(seconds, lambda: self._next() if alarm == self._alarm else None)

    def _arrive(self, entered_at: float) -> None:
        if self.throttle.enter(TOKEN):
            self.after(self._about(self._latency_s), lambda: self._answer(entered_at))
            return
        self.rejected_at.append(self.now)
        self.after(self._about(self._way_s), lambda: self._leave(entered_at, Rejected()))

    def _answer(self, entered_at: float) -> None:
        cost = self._about(self._cost)
        remaining = self.throttle.leave(TOKEN, cost=cost)
        self.lowest = min(self.lowest, remaining)
        self._served += cost if self.now > WARM_UP_S else 0.0
        outcome = Answered(remaining=remaining, cost=cost)
        self.after(self._about(self._way_s), lambda: self._leave(entered_at, outcome))

    def _leave(self, entered_at: float, outcome: Outcome) -> None:
        jitter = self._chance.random()
        self.bucket.leave(self.now, entered_at=entered_at, outcome=outcome, jitter=jitter)
        self._want()

    def _about(self, figure: float) -> float:
        return figure * (0.5 + self._chance.random())
