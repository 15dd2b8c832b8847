"""What one client did so far, for the ledger and the metrics made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Stats:
    """Counted since the client was made.

    `requests` went out on the wire, retries and rejections included. `bytes` are of bodies after
    decompression, `cost` is what Canvas charged (canvas-api 3.1). `throttle_wait_s`: seconds during
    which at least one request waited for the quota, so never more than the run took; `queued_s`:
    all waiting before requests, added up. `verdicts`: how many answers meant what.
    """

    requests: int = 0
    bytes: int = 0
    cost: float = 0.0
    retries: int = 0
    renewals: int = 0
    throttle_wait_s: float = 0.0
    throttle_rejections: int = 0
    queued_s: float = 0.0
    pages_made_smaller: int = 0
    includes_dropped: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    _waited_until: float = field(default=float("-inf"), repr=False)

    def note_wait(self, *, queued_s: float, throttled_s: float, ended_at: float) -> None:
        """One request's wait before it was sent; those that overlap count as one stretch of time.

        `ended_at` is of any clock that does not go back, the same for all waits.
        """
        self.queued_s += queued_s
        if throttled_s > 0:
            began = max(ended_at - throttled_s, self._waited_until)
            self.throttle_wait_s += max(0.0, ended_at - began)
            self._waited_until = max(self._waited_until, ended_at)

    def as_counts(self) -> dict[str, Any]:
        """The counters as JSON, the empty ones left out."""
        counted = {
            "bytes": self.bytes,
            "cost": round(self.cost, 3),
            "retries": self.retries,
            "renewals": self.renewals,
            "throttle_rejections": self.throttle_rejections,
            "queued_s": round(self.queued_s, 3),
            "pages_made_smaller": self.pages_made_smaller,
            "includes_dropped": self.includes_dropped,
            "verdicts": dict(self.verdicts),
        }
        return {name: value for name, value in counted.items() if value}
