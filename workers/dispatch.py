"""From the ledger to the broker: which queued runs get a message now.

The ledger is the queue. The broker holds a few messages of it, so that priorities and the turns of
integrations count until shortly before a run begins, and one that loses them loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final, TypeAlias

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Now, RowNumber

from sync.clock import in_seconds
from sync.models import Run
from workers.messages import BrokerAwayError, Message, depth, post

log = structlog.get_logger(__name__)

AHEAD: Final = 16  # messages of one queue that no worker has taken yet
# With so many in the broker nothing was lost: nobody takes them. More would only pile up.
CROWDED: Final = 4 * AHEAD
TASK: Final = "workers.tasks.sync_course"

# Takes (run, queue) and says how many of them were sent, in their order.
Send: TypeAlias = Callable[[list[tuple[int, str]]], int]
# Takes a queue and says how many messages of it wait in the broker.
Depth: TypeAlias = Callable[[str], int]


async def dispatch(*, send: Send | None = None, depth: Depth = depth) -> int:
    """Send messages for runs that wait and have none, or whose message is too old; how many.

    Of each queue the integrations take turns, and within one the higher priority goes first. Call
    it when runs were queued (and committed) and when one has ended. Nothing is sent without a
    broker, nor to a queue that nobody takes from; one that does not answer is told of again at the
    next tick.
    """
    if not settings.BROKER_URL:
        return 0
    crowded = set[str]()
    if overdue := await sync_to_async(_overdue)():
        crowded = await sync_to_async(_crowded, thread_sensitive=False)(overdue, depth)
    taken = await sync_to_async(_take)(crowded)
    sent = await sync_to_async(send or _send, thread_sensitive=False)(taken) if taken else 0
    if sent < len(taken):
        unsent = [pk for pk, _queue in taken[sent:]]
        await waiting().filter(pk__in=unsent).aupdate(dispatched_at=None)
    return sent


def waiting() -> QuerySet[Run]:
    """Runs that wait for a worker."""
    return Run.objects.filter(state=Run.State.QUEUED).exclude(queue="")


def _lost() -> Q:
    return Q(dispatched_at__lte=in_seconds(-settings.REDISPATCH_SECONDS))


def _due() -> Q:
    begins = Q(not_before=None) | Q(not_before__lte=Now())
    return begins & (Q(dispatched_at=None) | _lost()) & Q(integration__paused_at=None)


def _overdue() -> list[str]:
    """Queues of which a message was sent that no worker has taken for long."""
    late = waiting().filter(_due(), _lost()).order_by("queue")
    return list(late.values_list("queue", flat=True).distinct())


def _crowded(queues: list[str], depth: Depth) -> set[str]:
    """Blocks."""
    try:
        return {queue for queue in queues if depth(queue) >= CROWDED}
    except BrokerAwayError:
        return set()  # whoever sends finds out


def _take(crowded: Collection[str]) -> list[tuple[int, str]]:
    """Run and queue, noted as sent; of two who look at once only one has each."""
    open_ = [queue for queue in Run.Queue.values if queue not in crowded]
    picked = [pk for queue in open_ for pk in _pick(queue)]
    if not picked:
        return []
    with transaction.atomic():
        locked = waiting().filter(_due(), pk__in=picked)
        # Only its own row: the integration's may be written by others.
        locked = locked.select_for_update(skip_locked=_can_skip(), of=_of_itself())
        taken = dict(locked.values_list("pk", "queue"))
        Run.objects.filter(pk__in=taken).update(dispatched_at=Now())
    return [(pk, taken[pk]) for pk in picked if pk in taken]


def _pick(queue: str) -> list[int]:
    of_queue = waiting().filter(queue=queue)
    out = of_queue.filter(dispatched_at__gt=in_seconds(-settings.REDISPATCH_SECONDS)).count()
    turn = Window(
        RowNumber(), partition_by=[F("integration")], order_by=[F("priority").desc(), F("pk")]
    )
    in_turn = of_queue.filter(_due()).annotate(turn=turn).order_by("turn", "-priority", "pk")
    return list(in_turn.values_list("pk", flat=True)[: max(0, AHEAD - out)])


def _can_skip() -> bool:
    return bool(transaction.get_connection().features.has_select_for_update_skip_locked)


def _of_itself() -> tuple[str, ...]:
    return ("self",) if transaction.get_connection().features.has_select_for_update_of else ()


def _send(taken: list[tuple[int, str]]) -> int:
    """Blocks."""
    try:
        post([Message(name=TASK, args=(pk,), queue=queue) for pk, queue in taken])
    except BrokerAwayError as away:
        log.warning("dispatch.no_broker", error=str(away), waiting=len(taken) - away.sent)
        return away.sent
    return len(taken)
