"""Who wants the events, how they are told, and how each telling went."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from simulator.live_events.envelope import Event

JWT_TYPE, JSON_TYPE = "application/jwt", "application/json"
WAITING, DELIVERED, LOST = "waiting", "delivered", "lost"


def check_address(url: str) -> None:
    """Raises ValueError for an address that events cannot be posted to."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"events are posted to http:// or https:// addresses, not to {url!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A receiver. `content_type` over the right one (Canvas called signed events JSON until
    July 2026); `copies` more of each event; `shuffle` those that wait; `delay_s` before the first
    try."""

    url: str
    signed: bool = True
    content_type: str | None = None
    copies: int = 0
    shuffle: bool = False
    delay_s: float = 0.0

    @property
    def sent_as(self) -> str:
        """The content type that is said."""
        return self.content_type or (JWT_TYPE if self.signed else JSON_TYPE)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One event on its way to one receiver. `statuses` has one entry per try, None where no
    answer came."""

    subscription: Subscription
    event: Event
    statuses: list[int | None] = field(default_factory=list)
    state: str = WAITING

    def as_json(self) -> dict[str, Any]:
        """Plain values, without what the event says."""
        return {
            "event_name": self.event["metadata"]["event_name"],
            "url": self.subscription.url,
            "statuses": list(self.statuses),
            "state": self.state,
        }
