"""What one client did so far, for the ledger and the metrics made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one source took: requests on the wire, and what Canvas charged for them."""

    requests: int = 0
    cost: float = 0.0


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
    _requests_of: Counter[str] = field(default_factory=Counter, repr=False)
    _cost_of: dict[str, float] = field(default_factory=dict, repr=False)
    _waited_until: float = field(default=float("-inf"), repr=False)

    def note_request(self, source: str) -> None:
        """One more goes out, be it a repetition."""
        self.requests += 1
        self._requests_of[source] += 1

    def note_cost(self, source: str, cost: float) -> None:
        self.cost += cost
        self._cost_of[source] = self._cost_of.get(source, 0.0) + cost

    def spent_on(self, source: str) -> Spent:
        """What was asked for under this name so far."""
        return Spent(requests=self._requests_of[source], cost=self._cost_of.get(source, 0.0))

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
