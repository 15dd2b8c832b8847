"""From stored events to marks, and from marks to queued refreshes: what `drain` does.

Nothing here waits for Canvas, and a queued run reads what is marked when it begins. The database is
all that is needed: what was queued while the broker was away is sent when it is back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import Max

from canvas.models import CanvasIntegration
from sync.clock import in_seconds
from sync.handling import handle
from sync.marks import begin_queueing, courses_due, give_up, next_due_in
from sync.models import Run, WebhookEvent
from sync.runlog import queue_run
from sync.runner import Order
from workers.chore_turns import take_turn
from workers.dispatch import dispatch
from workers.messages import Message, send

log = structlog.get_logger(__name__)

BATCH: Final = 500  # events, one transaction
PRIORITY: Final = 100  # before what the schedule wants
_MOST_BATCHES: Final = 40  # in one drain; the next one does the rest
PRUNED: Final = 2_000  # rows, one statement
_SILENCE: Final = "note_silence"
_FOLLOWING: Final = "drain_and_follow"
TASK: Final = "workers.tasks.drain_webhooks"
_SILENCE_SAID_S: Final = 3600  # how often


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """How many events were handled, refreshes queued and messages sent.

    `next_due_s`: in how many seconds there is something to queue again, None when nothing is marked
    that no queued run will read.
    """

    events: int = 0
    runs: int = 0
    sent: int = 0
    next_due_s: float | None = None


async def drain() -> Drained:
    """Handle the events that wait, queue a refresh of each course with something due, send it.

    A few queries when there is nothing to do. May be called by many at once and at any time.
    """
    events = 0
    for _ in range(_MOST_BATCHES):
        handled = await sync_to_async(handle)(BATCH)
        events += handled
        if handled < BATCH:
            break
    runs = 0
    for integration, course in await sync_to_async(courses_due)():
        runs += await _queue(integration, course)
    sent = await dispatch() if events or runs else 0
    if events or runs:
        log.info("inbox.drained", events=events, runs=runs, sent=sent)
    next_due_s = await sync_to_async(next_due_in)()
    return Drained(events=events, runs=runs, sent=sent, next_due_s=next_due_s)


async def drain_and_follow(*, tell: Callable[[Message], Awaitable[bool]] = send) -> Drained:
    """Drain, and have it done again when the next mark of those being collected is due.

    Otherwise what came late in a window would wait for the next tick. One such message is under way
    at a time; a worker that holds it and dies loses a few seconds, no event.
    """
    drained = await drain()
    due_s = drained.next_due_s
    if due_s is None or due_s > settings.WEBHOOK_MERGE_SECONDS or not settings.BROKER_URL:
        return drained
    due_s = max(1.0, due_s)  # of what cannot be read now there is something due all the time
    if await take_turn(_FOLLOWING, every_s=due_s):
        await tell(Message(name=TASK, queue=Run.Queue.REALTIME, after_s=due_s))
    return drained


async def _queue(integration: int, course: int) -> int:
    """One refresh, unless somebody has just queued it."""
    async with transaction.atomic():
        if not await sync_to_async(begin_queueing)(integration, course):
            return 0
        await queue_run(
            await CanvasIntegration.objects.aget(pk=integration),
            Order(course=course, targets={}),
            trigger=Run.Trigger.WEBHOOK,
            queue=Run.Queue.REALTIME,
            priority=PRIORITY,
        )
    return 1


async def note_silence() -> list[str]:
    """Integrations whose events have stopped, by name; says so in the log, once an hour.

    Canvas switches a subscription off after too many failures, and tells nobody here (trap 79).
    """
    if not await take_turn(_SILENCE, every_s=_SILENCE_SAID_S):
        return []
    term = in_seconds(-settings.WEBHOOK_SILENCE_HOURS * 3600)
    lately = CanvasIntegration.objects.annotate(last=Max("events__received_at"))
    silent = [
        name
        async for name in lately.filter(last__lt=term)
        .order_by("name")
        .values_list("name", flat=True)
    ]
    for name in silent:
        log.warning("events.silent", integration=name, hours=settings.WEBHOOK_SILENCE_HOURS)
    return silent


async def prune_events() -> int:
    """Remove events that were handled WEBHOOK_KEEP_DAYS ago or before; how many.

    The newest of each integration stays: it tells since when there is silence. With them go marks
    that no reading could settle until a walk has read everything anyhow.
    """
    removed = 0
    while part := await sync_to_async(_prune)():
        removed += part
    forgotten = await sync_to_async(give_up)(settings.FULL_WALK_HOURS * 3600)
    if removed or forgotten:
        log.info("inbox.pruned", events=removed, marks=forgotten)
    return removed


def _prune() -> int:
    term = in_seconds(-settings.WEBHOOK_KEEP_DAYS * 24 * 3600)
    newest = WebhookEvent.objects.values("integration").annotate(newest=Max("pk"))
    kept = list(newest.values_list("newest", flat=True))
    old = WebhookEvent.objects.filter(handled_at__lt=term).exclude(pk__in=kept)
    pks = list(old.order_by("pk").values_list("pk", flat=True)[:PRUNED])
    deleted, _ = WebhookEvent.objects.filter(pk__in=pks).delete() if pks else (0, {})
    return deleted
