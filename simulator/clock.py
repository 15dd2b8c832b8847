"""The simulated Canvas's own time: a fixed instant that moves on with real elapsed seconds."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from datetime import UTC, datetime

ANCHOR = "2026-09-15T08:00:00Z"
DAY_S = 86_400


@functools.lru_cache(maxsize=65_536)
def epoch(instant: str) -> int:
    """Seconds since 1970 of an ISO instant as Canvas writes it."""
    return int(datetime.fromisoformat(instant).timestamp())


def iso(seconds: float) -> str:
    """Canvas's form of an instant: UTC, whole seconds, suffix Z (canvas-api 0.3)."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def days_from_anchor(days: float) -> str:
    """The instant so many days after (or, negative, before) the world's first moment."""
    return iso(epoch(ANCHOR) + days * DAY_S)


class Clock:
    """World time: the anchor plus what `ticks` has counted since, plus what was advanced by hand.

    `ticks` is any monotonic count of seconds; a test hands in its own.
    """

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self.ticks = ticks
        self.started = ticks()
        self.advanced_s = 0.0

    def now_s(self) -> float:
        """World time in seconds since 1970."""
        return epoch(ANCHOR) + self.ticks() - self.started + self.advanced_s

    def now(self) -> str:
        """World time as Canvas would stamp it on a row."""
        return iso(self.now_s())

    def advance(self, seconds: float) -> None:
        """Let world time jump forward without waiting."""
        self.advanced_s += seconds
