"""Going on with a run that did not come to its end: which one may be, and what is known of it.

Claims a run in one statement, so that two who want it never both have it. Reads no Canvas.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from canvas.errors import (
    AnswerTimeoutError,
    CanvasDownError,
    ConnectionLostError,
    ThrottledError,
)
from canvas.models import CanvasIntegration
from sync.alive import is_alive, this_worker
from sync.models import Run
from sync.outcome import Order

# After these the same run may succeed.
_PASSING: Final = (ThrottledError, CanvasDownError, ConnectionLostError, AnswerTimeoutError)
_OF_THE_DATABASE: Final = {"database", "database_down", "database_full"}
_PASSING_CODES: Final = {error.code for error in _PASSING} | _OF_THE_DATABASE
_ENDED_WELL: Final = (Run.State.SUCCEEDED, Run.State.PARTIAL, Run.State.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A run that is ours to go on with, its integration loaded. `stopped`: how it had ended."""

    run: Run
    stopped: str


async def run_to_go_on_with(integration: CanvasIntegration, order: Order) -> Claimed | None:
    """The newest run of the course, if it can and may be gone on with for this order."""
    newest = await _newest(integration.pk, order.course)
    if newest is None or not _serves(newest, order) or await why_not(newest):
        return None
    return await claim(newest, accept_deletes=order.accept_deletes)


async def why_not(run: Run) -> str:
    """Why this run cannot be gone on with; "" when it can."""
    if run.started_at is None:
        return "it was not begun"
    if run.state in _ENDED_WELL:
        return "it came to its end"
    if run.state == Run.State.FAILED and _code(run) not in _PASSING_CODES:
        return f"what it failed by ({_code(run) or 'unknown'}) does not pass"
    if run.state == Run.State.RUNNING and is_alive(run.worker, alive_at=run.alive_at):
        return "it is under way"
    newest = await _newest(run.integration_id, run.course)
    if newest is not None and newest.pk > run.pk:
        return f"run {newest.pk} has read the course since"
    limit = dt.timedelta(minutes=settings.RESUME_WITHIN_MINUTES)
    if timezone.now() - await _last_progress(run) >= limit:
        return f"it stored nothing for {settings.RESUME_WITHIN_MINUTES} minutes"
    return ""


async def claim(run: Run, *, accept_deletes: bool) -> Claimed | None:
    """Make the run ours, unless somebody was faster. `run` is as it was looked at."""
    stopped = _how_it_stopped(run)
    as_seen = Run.objects.filter(pk=run.pk, state=run.state, worker=run.worker)
    worker, now = this_worker(), timezone.now()
    is_ours = await as_seen.filter(attempts=run.attempts).aupdate(
        state=Run.State.RUNNING, worker=worker, alive_at=now, accept_deletes=accept_deletes
    )
    if not is_ours:
        return None
    run.state, run.worker, run.alive_at = Run.State.RUNNING, worker, now
    run.accept_deletes = accept_deletes
    return Claimed(run=run, stopped=stopped)


def _how_it_stopped(run: Run) -> str:
    """`was interrupted at 14:03:22 UTC`."""
    words = {Run.State.INTERRUPTED: "interrupted", Run.State.RUNNING: "killed"}
    at = run.finished_at if run.state != Run.State.RUNNING else run.alive_at
    verb = words.get(Run.State(run.state), f"stopped by {_code(run)}")
    return f"was {verb}" + (f" at {at.astimezone(dt.UTC):%H:%M:%S} UTC" if at else "")


def _serves(run: Run, order: Order) -> bool:
    """An order of everything is not served by a run that reads changes."""
    return _same(run.only, order.only) and (run.full or not order.full)


def _same(some: Iterable[str], others: Iterable[str]) -> bool:
    return set(some) == set(others)


def _code(run: Run) -> str:
    return str(run.error["code"]) if run.error else ""


async def _newest(integration: int, course: int) -> Run | None:
    begun = Run.objects.filter(
        integration=integration, course=course, started_at__isnull=False
    ).select_related("integration")
    # A refresh reads a few rows, and whoever walks the course knows what others stored meanwhile.
    return await begun.filter(targets__isnull=True).order_by("-pk").afirst()


async def _last_progress(run: Run) -> dt.datetime:
    """Of its listings: the course itself is read again in every attempt."""
    assert run.started_at is not None
    listings = run.checkpoints.exclude(source="course")
    stored = (await listings.aaggregate(at=Max("stored_at")))["at"]
    return max(run.started_at, stored) if stored else run.started_at
