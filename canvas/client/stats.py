"""What one client did so far, for the run log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Stats:
    """Counted since the client was made.

    `requests` went out on the wire, retries and rejections included. `bytes` are of bodies after
    decompression. `throttle_wait_s`: seconds during which at least one request waited because
    Canvas had rejected it, so never more than the run took.
    """

    requests: int = 0
    bytes: int = 0
    retries: int = 0
    throttle_wait_s: float = 0.0
    throttle_rejections: int = 0


class SharedWait:
    """Measures waits that overlap as the one stretch of time they were."""

    def __init__(self, stats: Stats, *, clock: Callable[[], float]) -> None:
        self._stats = stats
        self._clock = clock
        self._waiting = 0
        self._since = 0.0

    @contextmanager
    def wait(self) -> Iterator[None]:
        if not self._waiting:
            self._since = self._clock()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._stats.throttle_wait_s += self._clock() - self._since
