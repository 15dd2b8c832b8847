"""Which schedules are due, each taken by one however many look at the same time.

The clock of the database decides. Call it in a transaction. Blocks.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from sync.models import SyncSchedule
from workers.fan_out import in_turn

AT_ONCE: Final = 100


def database_now() -> dt.datetime | None:
    """By the clock of the database, if a schedule waits; None when there is nothing to look at."""
    waiting = SyncSchedule.objects.filter(next_at__lte=Now(), paused=False)
    return next(iter(waiting.values_list(Now())[:1]), (None,))[0]


def take_due(now: dt.datetime) -> list[SyncSchedule]:
    """Locked until the end of the transaction; whoever looks meanwhile gets others, or none.

    The caller moves `next_at` on in the same transaction. SQLite knows no locks of rows: there the
    transaction itself (IMMEDIATE) keeps everybody else out.
    """
    due = SyncSchedule.objects.filter(next_at__lte=Now(), paused=False, integration__paused_at=None)
    due = in_turn(_open_at(due, now))
    features = transaction.get_connection().features
    of = ("self",) if features.has_select_for_update_of else ()
    skip = bool(features.has_select_for_update_skip_locked)
    return list(due.select_for_update(skip_locked=skip, of=of)[:AT_ONCE])


def _open_at(rows: QuerySet[SyncSchedule], now: dt.datetime) -> QuerySet[SyncSchedule]:
    """The row of an integration's list of courses pauses all of it, and lends them its window."""
    lists = list(SyncSchedule.objects.filter(course=None))
    paused = [one.integration_id for one in lists if one.paused]
    shut = [one.integration_id for one in lists if not is_open(one, now)]
    own = Q(window_start__isnull=False, window_end__isnull=False)
    lent = ~own & ~Q(integration__in=shut)
    return rows.exclude(integration__in=paused).filter((own & _within(now.time())) | lent)


def is_open(row: SyncSchedule, now: dt.datetime) -> bool:
    """Whether its own window, if any, is open; one that ends before it starts is at night."""
    start, end, at = row.window_start, row.window_end, now.time()
    if start is None or end is None or start == end:
        return True
    return start <= at < end if start < end else at >= start or at < end


def _within(at: dt.time) -> Q:
    by_day = Q(window_start__lt=F("window_end"), window_start__lte=at, window_end__gt=at)
    by_night = Q(window_start__gt=F("window_end")) & (
        Q(window_start__lte=at) | Q(window_end__gt=at)
    )
    return by_day | by_night | Q(window_start=F("window_end"))
