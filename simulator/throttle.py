"""Canvas's leaky bucket, one per token (canvas-api 3.1)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

HIGH_WATER = 600.0
MAXIMUM = 800.0
OUTFLOW_PER_S = 10.0
UP_FRONT = 50.0


@dataclass(slots=True)
class Bucket:
    """How full a token's bucket was, and when."""

    count: float = 0.0
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Requests served and what they cost, and when others were rejected. `at`: when it was made."""

    at: float
    served: int
    cost: float
    rejected_at: tuple[float, ...]


@dataclass(slots=True)
class Throttle:
    """The buckets. `ticks` counts seconds; rejections are answered with `status`.

    Where it is not `enabled` no bucket ever fills, and none is said to.

    `cost_scale` makes every answer dearer, for loads that a small machine cannot serve otherwise.
    """

    enabled: bool = True
    status: int = 429
    cost_scale: float = 1.0
    ticks: Callable[[], float] = time.monotonic
    buckets: dict[str, Bucket] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _served: int = 0
    _served_cost: float = 0.0
    _rejected_at: list[float] = field(default_factory=list)

    def enter(self, key: str) -> bool:
        """Reserve the up-front cost. False means the bucket is full and the call is rejected."""
        with self.lock:
            bucket = self._leaked(key)
            if self.enabled and bucket.count >= HIGH_WATER:
                self._rejected_at.append(self.ticks())
                return False
            bucket.count = min(MAXIMUM, bucket.count + UP_FRONT)
            return True

    def leave(self, key: str, *, cost: float) -> float:
        """Swap the reservation for the real cost; the answer is what remains."""
        with self.lock:
            bucket = self._leaked(key)
            bucket.count = min(MAXIMUM, max(0.0, bucket.count + cost - UP_FRONT))
            self._served += 1
            self._served_cost += cost
            return HIGH_WATER - bucket.count if self.enabled else HIGH_WATER

    def cost_of(self, rows: int, *, includes: int) -> float:
        """The real cost of an answer: grows with its rows, and more so with includes."""
        return round(self.cost_scale * (0.02 + 0.002 * rows * (1 + 0.25 * includes)), 6)

    def tally(self) -> Tally:
        """What came to pass so far, at all buckets together."""
        with self.lock:
            return Tally(
                at=self.ticks(),
                served=self._served,
                cost=self._served_cost,
                rejected_at=tuple(self._rejected_at),
            )

    def rejected_remaining(self, key: str) -> float:
        """What a rejected call is told remains: counted without a reservation, so it may well be
        positive (canvas-api 3.3)."""
        with self.lock:
            return HIGH_WATER - self._leaked(key).count + UP_FRONT

    def fill(self, key: str, *, count: float = MAXIMUM) -> None:
        """Make a token's bucket as full as said, for tests of recovery."""
        with self.lock:
            self._leaked(key).count = count

    def _leaked(self, key: str) -> Bucket:
        now = self.ticks()
        bucket = self.buckets.setdefault(key, Bucket(at=now))
        bucket.count = max(0.0, bucket.count - (now - bucket.at) * OUTFLOW_PER_S)
        bucket.at = now
        return bucket
