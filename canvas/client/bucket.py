"""A model of Canvas's leaky bucket: may one more request start now, and if not, when to ask again.

Pure: time and chance are arguments, nothing waits here. `workers/budget.lua` decides the same way
for all processes of a token; change both or neither.

The model counts the *room* left in the bucket, as `X-Rate-Limit-Remaining` does: 50 less while a
request is in flight, its cost less afterwards, 10 more per second. Every answer corrects it.
Source: canvas-api 3.1 to 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

UP_FRONT: Final = 50.0  # what Canvas sets aside while a request runs
OUTFLOW_PER_S: Final = 10.0
MOST: Final = 12  # 600 / 50: more at once are rejected even by an empty bucket
FIRST: Final = 2  # at once, until an answer has shown the bucket
BLIND: Final = 4  # at once, as long as no answer shows it
LEAST_CEILING: Final = 200.0  # other programs may hide the true one from our first answers
MARGIN: Final = 0.1  # share of the bucket that is never filled
PACED: Final = 1 / 3  # share that work already done may fill; the rest is for starting, and others
KNOWN_FOR_S: Final = 60.0  # an answer that old says nothing about now
ASSUMED_COST: Final = 1.0  # of a request whose answer was lost, or did not say
FALL: Final = 0.3  # how far one answer that shows less room than the model moves it
IDLE_S: Final = 1.0  # without a request of ours; then less room than the model says is news
CALM_ANSWERS: Final = 20  # without a rejection, before one more may run at once again
FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 16.0  # with jitter 20 s: a bucket over its brim has leaked that much then
LONGEST_ASKED_S: Final = 600.0  # a Retry-After beyond is asked about again
NEVER: Final = -1e12
SOON_S: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`wait_s` 0: go. `tight`: the quota is why to wait, not requests of our own in flight."""

    wait_s: float = 0.0
    tight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer that was no rejection, with what its headers said of the quota."""

    remaining: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An answer that was one. Its `remaining` means nothing (canvas-api 3.3) and is not here."""

    retry_after_s: float | None = None


Outcome = Answered | Rejected | None
"""None: no answer came."""


@dataclass(slots=True, kw_only=True)
class Bucket:
    """What is known of one token's bucket. Times are seconds of any one clock.

    `outflow_per_s` is what we count on; an answer that shows more is believed.
    """

    highest: int
    outflow_per_s: float = OUTFLOW_PER_S
    limit: int = FIRST
    in_flight: int = 0
    room: float = 0.0
    ceiling: float = LEAST_CEILING
    at: float = NEVER
    seen_at: float = NEVER
    paused_until: float = NEVER
    rejected_at: float = NEVER
    pauses: int = 0
    calm: int = 0
    held_s: float = 0.1
    rejections: int = 0

    def __post_init__(self) -> None:
        self.highest = max(1, min(self.highest, MOST))
        self.limit = min(self.limit, self.highest)

    def turn(self, now: float) -> Turn:
        """Whether one more request may start; `enter` then, at the same `now`."""
        self._leak(now)
        if now < self.paused_until:
            return Turn(wait_s=self.paused_until - now, tight=True)
        known = self._is_known(now)
        if self.in_flight >= (self.limit if known else min(self.limit, BLIND)):
            return Turn(wait_s=self._until_one_leaves())
        wait_s = self._until_room() if known else 0.0
        return Turn(wait_s=wait_s, tight=True) if wait_s > SOON_S else Turn()

    def enter(self, now: float) -> None:
        """One request starts."""
        self._leak(now)
        self.in_flight += 1
        self.room -= UP_FRONT

    def leave(self, now: float, *, entered_at: float, outcome: Outcome, jitter: float) -> None:
        """It ended. `entered_at` is the `now` of its `enter`; `jitter` is from 0 to 1."""
        self._leak(now)
        self.in_flight = max(0, self.in_flight - 1)
        self.room += UP_FRONT
        if isinstance(outcome, Rejected):
            self._rejected(now, outcome, entered_at=entered_at, jitter=jitter)
            return
        cost = None if outcome is None else outcome.cost
        self.room -= ASSUMED_COST if cost is None else cost
        self.held_s += (now - entered_at - self.held_s) / 10
        if outcome is not None:
            if outcome.remaining is not None:
                self._correct(now, outcome.remaining)
            self._calm(now)
        self.room = min(self.room, self.ceiling)

    def _leak(self, now: float) -> None:
        if self.at != NEVER:
            leaked = max(0.0, now - self.at) * self.outflow_per_s
            self.room = min(self.ceiling, self.room + leaked)
        self.at = now

    def _is_known(self, now: float) -> bool:
        return now - self.seen_at <= KNOWN_FOR_S

    def _until_one_leaves(self) -> float:
        """A guess, for those who are not told: the mean stay, shared by those who stay."""
        return min(1.0, max(0.02, self.held_s / max(1, self.in_flight)))

    def _until_room(self) -> float:
        """Work already done only leaks away; reservations also end with their requests."""
        done = self.ceiling - self.room - UP_FRONT * self.in_flight
        paced_s = (done - PACED * self.ceiling) / self.outflow_per_s
        full_s = (UP_FRONT + MARGIN * self.ceiling - self.room) / self.outflow_per_s
        if self.in_flight > 0:
            full_s = min(full_s, self._until_one_leaves())
        return max(paced_s, full_s)

    def _correct(self, now: float, remaining: float) -> None:
        """Towards what an answer said.

        Reservations of ours end at Canvas before they end here, and begin there later, so an answer
        may show up to 50 more for each request in flight and mean nothing by it. To believe that
        was measured to fill the bucket to its brim. Less than the model says is somebody else's
        work, or a bucket that leaks slower.
        """
        self._sink(now, remaining)
        self.ceiling = max(self.ceiling, remaining)
        if not self._is_known(now):
            self.room = remaining
        elif remaining < self.room:
            self.room += FALL * (remaining - self.room)
        else:
            self.room = max(self.room, remaining - UP_FRONT * self.in_flight)
        self.seen_at = now

    def _sink(self, now: float, remaining: float) -> None:
        """The quota may have been cut, or an answer once have shown too much of it.

        A bucket that nothing of ours ran through for a while should have filled up meanwhile.
        """
        idle = self.seen_at != NEVER and self.in_flight == 0 and now - self.seen_at >= IDLE_S
        if idle and remaining < self.room - UP_FRONT:
            self.ceiling += FALL * (max(remaining, LEAST_CEILING) - self.ceiling)

    def _calm(self, now: float) -> None:
        self.calm += 1
        known = self._is_known(now)
        undisturbed = known and now - self.rejected_at > KNOWN_FOR_S
        if self.calm < (self.limit if undisturbed else CALM_ANSWERS):
            return
        self.calm = self.pauses = 0
        if self.limit < (self.highest if known else min(self.highest, BLIND)):
            self.limit += 1

    def _rejected(self, now: float, outcome: Rejected, *, entered_at: float, jitter: float) -> None:
        self.rejections += 1
        self.room = min(self.room, 0.0)
        asked_s = min(outcome.retry_after_s or 0.0, LONGEST_ASKED_S)
        if entered_at > self.rejected_at:  # else it was in flight when the last one came
            self.limit = max(1, self.limit // 2)
            own_s = min(FIRST_PAUSE_S * 2**self.pauses, LONGEST_PAUSE_S) * (1 + jitter / 4)
            asked_s = max(asked_s, own_s)
            self.rejected_at = now
            self.calm = 0
            self.pauses += 1
        self.paused_until = max(self.paused_until, now + asked_s)
