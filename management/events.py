"""Live Events as an operator sees them: which came, what came of them, and that they stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import BooleanField, Case, Count, Max, Q, Value, When

from canvas.models import CanvasIntegration
from management.errors import CommandStopped, usage
from management.integrations import refuse_unknown
from sync.clock import in_seconds
from sync.handling import marks_now
from sync.models import WebhookEvent
from workers.inbox import Drained, drain

SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The events of one integration: when the last one came, how many wait to be handled.

    `is_silent`: they have come before, and none for WEBHOOK_SILENCE_HOURS.
    """

    integration: str
    last_received_at: dt.datetime | None
    waiting: int
    is_silent: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "integration": self.integration,
            "last_received_at": _iso(self.last_received_at),
            "waiting": self.waiting,
            "silent": self.is_silent,
        }

    def __str__(self) -> str:
        if self.last_received_at is None:
            return f"{self.integration}: no event has come yet"
        said = f"{self.integration}: last event {self.last_received_at:%Y-%m-%d %H:%M:%S} UTC"
        waiting = f", {self.waiting:,} waiting" if self.waiting else ""
        silence = f"; none for {settings.WEBHOOK_SILENCE_HOURS} hours: see whether Canvas has "
        return (
            said + waiting + (f"{silence}switched the subscription off" if self.is_silent else "")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDetail:
    """An event, and what it marks as the mirror is now: (course, source, target)."""

    event: WebhookEvent
    marks: list[tuple[int, str, str]]


async def heartbeats(integration: str | None = None) -> list[Heartbeat]:
    """Of every integration, or of that one. By the clock of the database."""
    await refuse_unknown(integration)
    silent = When(last__lt=in_seconds(-settings.WEBHOOK_SILENCE_HOURS * 3600), then=Value(True))
    rows = CanvasIntegration.objects.annotate(
        last=Max("events__received_at"),
        waiting=Count("events", filter=Q(events__handled_at=None)),
        silent=Case(silent, default=Value(False), output_field=BooleanField()),
    ).order_by("name")
    if integration:
        rows = rows.filter(name=integration)
    return [
        Heartbeat(
            integration=row["name"],
            last_received_at=row["last"],
            waiting=row["waiting"],
            is_silent=row["silent"],
        )
        async for row in rows.values("name", "last", "waiting", "silent")
    ]


async def newest_events(
    *, integration: str | None = None, outcome: str | None = None, limit: int = SHOWN
) -> list[WebhookEvent]:
    """The newest first, their integration loaded. `outcome` "waiting": those not handled yet."""
    await refuse_unknown(integration)
    events = WebhookEvent.objects.select_related("integration").order_by("-pk")
    if integration:
        events = events.filter(integration__name=integration)
    if outcome:
        events = events.filter(outcome="" if outcome == WAITING else outcome)
    return [event async for event in events[:limit]]


WAITING: Final = "waiting"
OUTCOMES: Final = (WAITING, *WebhookEvent.Outcome.values)


async def event_detail(pk: int) -> EventDetail:
    """Raises CommandStopped for a number that is no event."""
    found = WebhookEvent.objects.select_related("integration").filter(pk=pk)
    event = await found.afirst()
    if event is None:
        raise _no_such_event([pk])
    return EventDetail(event=event, marks=await sync_to_async(marks_now)(event))


async def replay(pks: Collection[int]) -> Drained:
    """Handle these events once more, whatever came of them. Raises CommandStopped."""
    events = WebhookEvent.objects.filter(pk__in=pks)
    known = {pk async for pk in events.values_list("pk", flat=True)}
    if unknown := sorted(set(pks) - known):
        raise _no_such_event(unknown)
    await events.aupdate(handled_at=None, outcome="")
    return await drain()


def summary(event: WebhookEvent) -> dict[str, Any]:
    """One event of `webhooks list --json`."""
    return {
        "event": event.pk,
        "integration": event.integration.name,
        "name": event.event_name,
        "event_time": _iso(event.event_time),
        "received_at": _iso(event.received_at),
        "handled_at": _iso(event.handled_at),
        "outcome": event.outcome or WAITING,
        "repeats": event.repeats,
    }


def detail(found: EventDetail) -> dict[str, Any]:
    """What `webhooks show --json` says."""
    return summary(found.event) | {
        "document": found.event.document,
        "marks": [
            {"course": course, "source": source, "target": target}
            for course, source, target in found.marks
        ],
    }


def _no_such_event(pks: Collection[int]) -> CommandStopped:
    return usage(
        f"there is no event {', '.join(map(str, pks))}", next_step="see 'manage.py webhooks list'"
    )


def _iso(at: dt.datetime | None) -> str | None:
    return None if at is None else at.astimezone(dt.UTC).isoformat(timespec="milliseconds")
