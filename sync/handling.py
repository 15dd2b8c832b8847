"""What comes of stored events: each is noted with its outcome, and what it says is dirty is marked.

Both in one transaction, so an event is turned into marks once, however many do it at a time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models.functions import Now

from canvas.events.ids import is_foreign
from sync.about import Mirrored, Said, said_by
from sync.marks import mark, merged
from sync.marks_of import DISCOVERING, EVENTS, IMPORTED, IMPORTS, marks_of
from sync.models import SyncSchedule, WebhookEvent
from sync.targets import Dirty

Outcome = WebhookEvent.Outcome


@dataclass(slots=True, kw_only=True)
class _Found:
    """What some events of one integration come to. `since`: course → when its first one came."""

    outcomes: dict[Outcome, list[int]] = field(default_factory=dict)
    marks: dict[int, set[Dirty]] = field(default_factory=dict)
    since: dict[int, dt.datetime] = field(default_factory=dict)
    new_courses: bool = False

    def add(self, event: WebhookEvent, outcome: Outcome) -> None:
        self.outcomes.setdefault(outcome, []).append(event.pk)

    def mark(self, event: WebhookEvent, course: int, found: Iterable[Dirty]) -> None:
        self.marks.setdefault(course, set()).update(found)
        self.since[course] = min(event.received_at, self.since.get(course, event.received_at))


def handle(limit: int) -> int:
    """The oldest events that wait, `limit` of them at most; how many there were. Blocks.

    Those somebody else is at are left to them.
    """
    can_skip = transaction.get_connection().features.has_select_for_update_skip_locked
    with transaction.atomic():
        waiting = WebhookEvent.objects.filter(handled_at=None).order_by("pk")
        events = list(waiting.select_for_update(skip_locked=can_skip)[:limit])
        by_integration: dict[int, list[WebhookEvent]] = {}
        for event in events:
            by_integration.setdefault(event.integration_id, []).append(event)
        for integration, some in sorted(by_integration.items()):
            _note(integration, _look(integration, some))
    return len(events)


def _look(integration: int, events: list[WebhookEvent]) -> _Found:
    found, said = _Found(), dict[int, Said]()
    for event in events:
        if event.event_name in EVENTS or event.event_name in DISCOVERING:
            said[event.pk] = said_by(event.event_name, event.document)
        else:
            found.new_courses |= _has_imported(event)
            found.add(event, Outcome.IGNORED)
    known = Mirrored.of(said.values(), integration=integration)
    for event in events:
        if event.pk in said:
            found.add(event, _outcome(event, said[event.pk], known, found))
    return found


def _has_imported(event: WebhookEvent) -> bool:
    body = event.document.get("body") if event.event_name in IMPORTS else None
    return isinstance(body, dict) and body.get("workflow_state") in IMPORTED


def _outcome(event: WebhookEvent, said: Said, known: Mirrored, found: _Found) -> Outcome:
    """Notes the marks on the way."""
    about = known.about(said)
    if about.course is None:
        return Outcome.UNREADABLE if said == Said() else Outcome.UNKNOWN_COURSE
    if is_foreign(about.course):
        return Outcome.FOREIGN
    if about.course not in known.courses:
        found.new_courses |= event.event_name in DISCOVERING
        return Outcome.UNKNOWN_COURSE
    marks = marks_of(event.event_name, about)
    if marks is None:
        return Outcome.IGNORED
    if not marks:
        return Outcome.UNREADABLE
    found.mark(event, about.course, marks)
    return Outcome.MARKED


def _note(integration: int, found: _Found) -> None:
    for course, marks in sorted(found.marks.items()):
        mark(integration, course, marks, due_at=merged(found.since[course]))
    for outcome, pks in found.outcomes.items():
        WebhookEvent.objects.filter(pk__in=pks).update(handled_at=Now(), outcome=outcome)
    if found.new_courses:
        discovery = SyncSchedule.objects.filter(integration=integration, course=None)
        discovery.filter(next_at__gt=Now()).update(next_at=Now())


def marks_now(event: WebhookEvent) -> list[tuple[int, str, str]]:
    """Course, source and target of what the event makes dirty as the mirror is now. Blocks."""
    found = _look(event.integration_id, [event])
    return [
        (course, one.resource, one.target)
        for course, marks in sorted(found.marks.items())
        for one in sorted(marks)
    ]
