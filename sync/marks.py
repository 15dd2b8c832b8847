"""The ledger of what is dirty: made by events, taken by a reading, settled when it has succeeded.

Every term is the database's clock. A mark has a version that grows with each event; a reading
settles the version it took, so that what an event says while Canvas is read is read again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Least, Now

from canvas.models.stored import in_parts
from sync.clock import in_seconds
from sync.models import DirtyMark, Run
from sync.targets import Dirty

_LOOKS: Final = 2
_SIZE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A mark as a reading took it; `looks`: how often it was read before."""

    pk: int
    version: int
    looks: int
    dirty: Dirty

    @property
    def is_last_look(self) -> bool:
        return self.looks + 1 >= looks_due()


def looks_due() -> int:
    return _LOOKS if settings.WEBHOOK_SECOND_LOOK_SECONDS else 1


def mark(integration: int, course: int, found: Collection[Dirty], *, due_at: Combinable) -> None:
    """Make these dirty: to be read at `due_at`, or before, where they are due before.

    In a transaction of the caller's, with what it notes of the event; blocks.
    """
    soonest = Case(When(version=0, then=due_at), default=Least(F("due_at"), due_at))
    for part in in_parts(sorted(found), _SIZE):
        DirtyMark.objects.filter(pk__in=_locked(integration, course, part)).update(
            version=F("version") + 1, looks=0, marked_at=Now(), due_at=soonest
        )


def _locked(integration: int, course: int, part: Collection[Dirty]) -> list[int]:
    """A mark for each, made where there is none; ours until the transaction ends.

    One that was there may be settled, and gone, before it is locked: then it is made once more.
    """
    while True:
        DirtyMark.objects.bulk_create(
            [
                DirtyMark(
                    integration_id=integration,
                    course=course,
                    resource=one.resource,
                    target=one.target,
                    version=0,
                )
                for one in sorted(part)
            ],
            ignore_conflicts=True,
        )
        # In one order, so that two who do it never wait for each other in a circle.
        marks = _of(integration, course, part).select_for_update().order_by("pk")
        pks = list(marks.values_list("pk", flat=True))
        if len(pks) == len(part):
            return pks


def merged(received_at: dt.datetime) -> Combinable:
    """When what an event made dirty is due: shortly after it came, by the database's clock."""
    due_at = received_at + dt.timedelta(seconds=settings.WEBHOOK_MERGE_SECONDS)
    return Value(due_at, output_field=DateTimeField())


def take_also(integration: int, course: int, found: Collection[Dirty]) -> list[Taken]:
    """What a reading has found to be dirty, and reads at once; otherwise as `take`."""
    if not found:
        return []
    with transaction.atomic():
        mark(integration, course, found, due_at=in_seconds(_again_s()))
        marks = [
            one for part in in_parts(sorted(found), _SIZE) for one in _of(integration, course, part)
        ]
    return [_taken(one) for one in marks]


def _again_s() -> float:
    """After a reading that came to nothing: by then whoever has taken its lease is at it. Longer,
    the longer that goes on."""
    return float(settings.LEASE_SECONDS)


def _of(integration: int, course: int, found: Iterable[Dirty]) -> QuerySet[DirtyMark]:
    by_resource: dict[str, list[str]] = {}
    for one in found:
        by_resource.setdefault(one.resource, []).append(one.target)
    named = (Q(resource=name, target__in=targets) for name, targets in by_resource.items())
    return DirtyMark.objects.filter(reduce(or_, named), integration=integration, course=course)


def take(integration: int, course: int) -> list[Taken]:
    """What of the course is due, and what nobody has read yet: one reading for all of it.

    Until a while from now nobody else is told of these, and if nobody settles them they are due
    again then: later each time, and not for ever, as the course is read as a whole now and then.
    Whoever reads the course has its lease, so what was taken before is nobody else's any more.
    Blocks.
    """
    marks = DirtyMark.objects.filter(integration=integration, course=course)
    with transaction.atomic():
        due = marks.filter(Q(due_at__lte=Now()) | Q(looks=0)).annotate(seen_at=Now())
        found = list(due.select_for_update(of=_of_itself()).order_by("pk"))
        by_term: dict[float, list[int]] = {}
        again_s = _again_s()
        for one in found:
            age_s = max(0.0, (one.seen_at - one.marked_at).total_seconds())
            by_term.setdefault(again_s + age_s // again_s * again_s / 2, []).append(one.pk)
        for term_s, pks in by_term.items():
            for part in in_parts(pks, _SIZE):
                marks.filter(pk__in=part).update(due_at=in_seconds(term_s))
    return [_taken(one) for one in found]


def put_off(integration: int, course: int) -> None:
    """Who was to read the course failed: what is marked of it is due again later. Blocks."""
    take(integration, course)


def _taken(one: DirtyMark) -> Taken:
    dirty = Dirty(one.resource, one.target)
    return Taken(pk=one.pk, version=one.version, looks=one.looks, dirty=dirty)


def settle(taken: Collection[Taken]) -> None:
    """They were read. A second look follows, since Canvas reads from replicas; then they are gone.

    Those that an event made dirty meanwhile stay as it left them. Blocks.
    """
    again: dict[tuple[int, bool], list[int]] = {}
    for one in taken:
        again.setdefault((one.version, one.is_last_look), []).append(one.pk)
    everything = sorted(one.pk for one in taken)
    with transaction.atomic():
        for part in in_parts(everything, _SIZE):  # in the order in which `mark` locks them
            list(DirtyMark.objects.filter(pk__in=part).select_for_update().order_by("pk"))
        for (version, is_last), pks in sorted(again.items()):
            for part in in_parts(sorted(pks), _SIZE):
                read = DirtyMark.objects.filter(pk__in=part, version=version)
                if is_last:
                    read.delete()
                else:
                    later = in_seconds(settings.WEBHOOK_SECOND_LOOK_SECONDS)
                    read.update(looks=F("looks") + 1, due_at=later)


def give_up(older_than_s: float) -> int:
    """Forget marks that nobody could settle for so long; how many. Blocks."""
    deleted, _ = DirtyMark.objects.filter(marked_at__lt=in_seconds(-older_than_s)).delete()
    return deleted


def courses_due() -> list[tuple[int, int]]:
    """Integration and course of what is due, the longest due first; not where a refresh is queued
    already, which reads what is marked when it begins. Blocks."""
    queued = _queued(integration=OuterRef("integration"), course=OuterRef("course"))
    due = DirtyMark.objects.filter(~Exists(queued), due_at__lte=Now(), integration__paused_at=None)
    longest = due.values("integration", "course").annotate(since=Min("due_at")).order_by("since")
    return list(longest.values_list("integration", "course"))


def next_due_in() -> float | None:
    """Seconds until the next mark is due, by the database's clock; None when none waits. Blocks."""
    queued = _queued(integration=OuterRef("integration"), course=OuterRef("course"))
    marks = DirtyMark.objects.filter(~Exists(queued), integration__paused_at=None)
    soonest = marks.annotate(seen_at=Now()).order_by("due_at").values("due_at", "seen_at").first()
    if soonest is None:
        return None
    return max(0.0, float((soonest["due_at"] - soonest["seen_at"]).total_seconds()))


def begin_queueing(integration: int, course: int) -> bool:
    """Whether a refresh is to be queued; in a transaction, which others who ask wait for. Blocks.

    All of them lock the same mark, and whoever comes second sees what the first has queued.
    """
    marks = DirtyMark.objects.filter(integration=integration, course=course).order_by("pk")
    if not marks.select_for_update().values_list("pk", flat=True)[:1]:
        return False
    is_queued = _queued(integration=integration, course=course).exists()
    return not is_queued and marks.filter(due_at__lte=Now()).exists()


def _queued(**place: Any) -> QuerySet[Run]:
    return Run.objects.filter(state=Run.State.QUEUED, trigger=Run.Trigger.WEBHOOK, **place)


def _of_itself() -> tuple[str, ...]:
    return ("self",) if transaction.get_connection().features.has_select_for_update_of else ()
