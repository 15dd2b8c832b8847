"""Many courses at once into the ledger: which queue, which turn, and none that is under way.

Blocks. Call `workers.dispatch.dispatch` once what was queued is committed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.db import transaction
from django.db.models import Case, ExpressionWrapper, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Now

from sync.activity import Known, known_of
from sync.models import Run, SyncSchedule
from sync.runlog import new_run
from sync.runner import Order

_OPEN: Final = (Run.State.QUEUED, Run.State.RUNNING)
_RANKS: Final = 10  # what a person sets goes before what a course is
_SOME: Final = 500
_LIST_FIRST: Final = 1_000_000
_MOST: Final = 32_767  # of a run's priority
Place = tuple[int, int]  # integration, Canvas's id of the course


def in_turn(rows: QuerySet[SyncSchedule]) -> QuerySet[SyncSchedule]:
    """With `turn`, the greater the sooner: lists of courses, then by what a person set, and of
    equals those whose term is not over, the published ones first.
    """
    under_way = Case(When(Q(ends_at=None) | Q(ends_at__gt=Now()), then=Value(2)), default=Value(0))
    published = Case(When(workflow_state="available", then=Value(1)), default=Value(0))
    is_list = Case(When(course=None, then=Value(_LIST_FIRST)), default=Value(0))
    added = F("priority") * _RANKS + under_way + published + is_list
    turn = ExpressionWrapper(added, output_field=IntegerField())
    return rows.annotate(turn=turn).order_by("-turn", "next_at", "pk")


def queue_all(integration: int, courses: Sequence[int], *, now: dt.datetime) -> list[int]:
    """A run of each, for a person who wants them now; the new runs, in the order of `courses`.

    Some at a time, each in a transaction of its own: the schedule goes on meanwhile.
    """
    queued: list[int] = []
    for start in range(0, len(courses), _SOME):
        wanted = courses[start : start + _SOME]
        mine = SyncSchedule.objects.filter(integration=integration, course__in=wanted)
        with transaction.atomic():
            locked = list(mine.select_for_update().order_by("pk").values_list("pk", flat=True))
            rows = list(in_turn(mine.filter(pk__in=locked)))
            runs = queue_courses(rows, known_of(rows, now=now), trigger=Run.Trigger.COMMAND)
        queued += [run.pk for run in runs]
    return queued


def queue_courses(
    rows: Sequence[SyncSchedule], known: Mapping[int, Known], *, trigger: Run.Trigger
) -> list[Run]:
    """A run of each course that has none waiting or under way, in the caller's transaction.

    `rows` are `in_turn`, and locked, so that nobody queues another run of them meanwhile.

    First loads wait in a queue of their own: they are long, and nobody misses what was never here.
    """
    at_it = open_courses(rows)
    runs = [
        new_run(
            row.integration_id,
            Order(course=row.course),
            trigger=trigger,
            queue=Run.Queue.SCHEDULED if known[row.pk].is_loaded else Run.Queue.BULK,
            priority=turn_of(row),
        )
        for row in rows
        if row.course is not None and (row.integration_id, row.course) not in at_it
    ]
    return Run.objects.bulk_create(runs)


def turn_of(row: SyncSchedule) -> int:
    """More is sooner."""
    turn: int = getattr(row, "turn", 0)
    return max(-_MOST, min(_MOST, turn))


def open_courses(rows: Collection[SyncSchedule]) -> set[Place]:
    """Those of which a whole reading is queued or under way. One that an event made does not count:
    it reads a part, and events may come for ever.
    """
    integrations = {row.integration_id for row in rows}
    courses = {row.course for row in rows if row.course is not None}
    runs = Run.objects.filter(state__in=_OPEN, targets__isnull=True, only=[])
    mine = runs.filter(integration__in=integrations, course__in=courses)
    return set(mine.values_list("integration", "course"))
