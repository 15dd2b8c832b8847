"""Going on with a run that did not come to its end: which one may be, and what is known of it.

Whoever claims a run has the lease of its course, so two never go on with one. Reads no Canvas.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Max
from django.db.models.functions import Now

from canvas.errors import (
    AnswerTimeoutError,
    CanvasDownError,
    ConnectionLostError,
    ThrottledError,
)
from canvas.models import CanvasIntegration
from sync.fence import Fence
from sync.leases import holder_of, release, take
from sync.models import Run
from sync.outcome import Order

# After these the same run may succeed.
_PASSING: Final = (ThrottledError, CanvasDownError, ConnectionLostError, AnswerTimeoutError)
_OF_THE_DATABASE: Final = {"database", "database_down", "database_full"}
PASSING_CODES: Final = {error.code for error in _PASSING} | _OF_THE_DATABASE
_ENDED_WELL: Final = (Run.State.SUCCEEDED, Run.State.PARTIAL, Run.State.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A run that is ours to go on with, its integration loaded. `stopped`: how it had ended."""

    run: Run
    stopped: str
    fence: Fence


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
    if run.state == Run.State.FAILED and _code(run) not in PASSING_CODES:
        return f"what it failed by ({_code(run) or 'unknown'}) does not pass"
    if await holder_of(run.integration_id, run.course):
        return "it is under way" if run.state == Run.State.RUNNING else "its course is being synced"
    return await why_not_again(run)


async def why_not_again(run: Run) -> str:
    """Why an attempt that was begun cannot be followed by another, whoever has its course."""
    if run.started_at is None:
        return ""
    newest = await _newest(run.integration_id, run.course)
    if newest is not None and newest.pk > run.pk:
        return f"run {newest.pk} has read the course since"
    limit = dt.timedelta(minutes=settings.RESUME_WITHIN_MINUTES)
    if await _silence(run) >= limit:
        return f"it stored nothing for {settings.RESUME_WITHIN_MINUTES} minutes"
    return ""


async def claim(run: Run, *, accept_deletes: bool) -> Claimed | None:
    """Make the run ours, unless somebody was faster. `run` is as it was looked at."""
    stopped = _how_it_stopped(run)
    fence = await take(run.integration_id, run.course, run=run.pk)
    if fence is None:
        return None
    as_seen = Run.objects.filter(pk=run.pk, state=run.state, attempts=run.attempts)
    if await why_not_again(run) or not await as_seen.aupdate(accept_deletes=accept_deletes):
        await release(fence)
        return None
    run.accept_deletes = accept_deletes
    return Claimed(run=run, stopped=stopped, fence=fence)


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
    """That read the course; a refresh of what events named is no reading of it."""
    begun = Run.objects.filter(
        integration=integration, course=course, started_at__isnull=False, targets__isnull=True
    ).select_related("integration")
    return await begun.order_by("-pk").afirst()


async def _silence(run: Run) -> dt.timedelta:
    """Since something of its listings was stored: the course itself is read in every attempt."""
    assert run.started_at is not None
    listings = run.checkpoints.exclude(source="course")
    stored = (await listings.aaggregate(at=Max("stored_at")))["at"]
    now = (await Run.objects.annotate(now=Now()).aget(pk=run.pk)).now
    return now - (max(run.started_at, stored) if stored else run.started_at)
