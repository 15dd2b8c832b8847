"""Events put where the webhook would put them, and refreshes carried out until none is due."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models.functions import Now

from canvas.models import CanvasIntegration
from simulator import Canvas
from simulator.requestlog import LoggedRequest
from simulator.world.rows import Submission
from sync.leases import take
from sync.models import DirtyMark, Run, WebhookEvent
from sync.report import RunReport
from sync.runner import Watch
from workers.bridge import bridge
from workers.inbox import drain
from workers.syncing import sync

SHARD = 2107
KEPT = re.compile(r"(?:.+_)?(?:ids?|uuid|type|state|at|until)", re.ASCII)
ROOT_ACCOUNT = SHARD * 10**13 + 1
Document = dict[str, dict[str, Any]]
_numbers = itertools.count(1)


def global_id(number: int) -> str:
    return str(SHARD * 10**13 + number)


def document(name: str, *, course: int | None = None, **body: Any) -> Document:
    """An event as it is stored. `course`: the one the metadata name as its context."""
    metadata: dict[str, Any] = {
        "event_name": name,
        "root_account_id": str(ROOT_ACCOUNT),
        "request_id": f"request-{next(_numbers)}",
    }
    if course is not None:
        metadata |= {"context_type": "Course", "context_id": global_id(course)}
    return {"metadata": metadata, "body": body}


def grade_change(row: Submission) -> Document:
    return document(
        "grade_change",
        submission_id=global_id(row.id),
        assignment_id=global_id(row.assignment_id),
        student_id=global_id(row.user_id),
        user_id=global_id(row.user_id),
    )


def enrollment(name: str, *, user: int, course: int = 101) -> Document:
    return document(name, user_id=global_id(user), course_id=global_id(course))


def assignment(name: str, number: int, *, course: int = 101) -> Document:
    return document(
        name,
        assignment_id=global_id(number),
        context_type="Course",
        context_id=global_id(course),
    )


def as_stored(events: Iterable[Mapping[str, Any]]) -> list[Document]:
    """Events of the simulator, of which ids, states and instants are kept."""
    return [
        {
            part: {name: value for name, value in event[part].items() if KEPT.fullmatch(name)}
            | ({"event_name": event[part]["event_name"]} if part == "metadata" else {})
            for part in ("metadata", "body")
        }
        for event in events
    ]


def receive(integration: CanvasIntegration, documents: Iterable[Mapping[str, Any]]) -> None:
    """Store events as the webhook does; one that is there already is only counted."""
    rows = []
    for event in documents:
        text = json.dumps(event, sort_keys=True)
        rows.append(
            WebhookEvent(
                integration=integration,
                digest=hashlib.sha256(text.encode()).hexdigest(),
                event_name=event["metadata"]["event_name"],
                document=event,
            )
        )
    WebhookEvent.objects.bulk_create(rows, ignore_conflicts=True)


def drained(watch: Watch | None = None) -> list[RunReport]:
    """Drain once, and carry out what was queued."""
    bridge.run(drain())
    queued = Run.objects.filter(state=Run.State.QUEUED, trigger=Run.Trigger.WEBHOOK)
    pks = list(queued.order_by("pk").values_list("pk", flat=True))
    return [bridge.run(_carry_out(pk, watch)) for pk in pks]


async def _carry_out(pk: int, watch: Watch | None) -> RunReport:
    run = await Run.objects.select_related("integration").aget(pk=pk)
    fence = await take(run.integration_id, run.course, run=run.pk)
    assert fence is not None
    return await sync(run, fence=fence, watch=watch)


def settled(*, most: int = 12) -> list[RunReport]:
    """Every look, with no time in between, until nothing is marked; the reports of all runs."""
    reports = []
    for _ in range(most):
        reports += drained()
        if not DirtyMark.objects.exists():
            return reports
        DirtyMark.objects.update(due_at=Now())
    raise AssertionError(f"still marked: {list(DirtyMark.objects.all())}")


def asked(canvas: Canvas) -> list[LoggedRequest]:
    """What Canvas was asked for."""
    return [one for one in canvas.requests if not one.path.startswith("/_simulator")]
