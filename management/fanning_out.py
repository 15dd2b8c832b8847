"""The courses of an integration, found and put into an order, for those who sync them all."""

from __future__ import annotations

from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db.models.functions import Now

from canvas.errors import ForbiddenError
from canvas.models import CanvasCourse, CanvasIntegration
from management.errors import usage
from management.integrations import adopt, find_integration
from sync.extract import Stop
from sync.listed import DELETED, STATES, Filter
from sync.models import SyncSchedule
from workers.discovering import Discovery, discover, knows_term
from workers.dispatch import dispatch
from workers.fan_out import in_turn, queue_all
from workers.schedule import ensure_schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`courses` are to be synced, the most urgent first; `paused` are left out by a person's wish.

    `discovery` is what the list of the account said.
    """

    integration: CanvasIntegration
    discovery: Discovery
    courses: list[int]
    paused: int


def states_of(text: str) -> tuple[str, ...]:
    """Canvas's words for states. Raises CommandStopped for another word."""
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if unknown := sorted(set(words) - set(STATES)):
        raise usage(
            f"courses have no state {', '.join(unknown)}",
            next_step=f"use some of {', '.join(STATES)}",
        )
    return words


async def find_courses(name: str | None, only: Filter, *, stop: Stop) -> Found:
    """List the account's courses, and say which are to be synced.

    Raises CommandStopped for an integration or a term that does not exist, CanvasError when Canvas
    does not give the list.
    """
    integration = await find_integration(name)
    if integration._state.adding:
        integration = await adopt(integration)
    await ensure_schedule(integration)
    await _refuse_unknown_term(integration, only)
    try:
        discovery = await discover(integration, only, stop=stop)
    except ForbiddenError as refusal:
        refusal.next_step = (
            "let the token's user see the list of courses of the account, or name "
            "courses to 'manage.py sync_course'"
        )
        raise
    rows = await sync_to_async(_rows)(integration, discovery)
    return Found(
        integration=integration,
        discovery=discovery,
        courses=[row.course for row in rows if row.course is not None and not row.paused],
        paused=sum(row.paused for row in rows),
    )


async def queue_found(found: Found) -> list[int]:
    """A run of each course that has none waiting or under way, for the workers; the new runs."""
    stored = CanvasIntegration.objects.filter(pk=found.integration.pk)
    now = await stored.values_list(Now(), flat=True).aget()
    queued = await sync_to_async(queue_all)(found.integration.pk, found.courses, now=now)
    await dispatch()
    return queued


async def _refuse_unknown_term(integration: CanvasIntegration, only: Filter) -> None:
    if only.term is not None and await knows_term(integration, only.term) is False:
        raise usage(
            f"{integration.name} has no term {only.term}",
            next_step="take the id from the address of the term in Canvas (Admin → Terms)",
        )


def _rows(integration: CanvasIntegration, discovery: Discovery) -> list[SyncSchedule]:
    """Of what was listed: no stubs, and of deleted courses those the mirror has alive."""
    rows = SyncSchedule.objects.filter(integration=integration, is_restricted=False)
    alive = CanvasCourse.objects.live().filter(integration=integration)
    to_end = {*alive.values_list("canvas_id", flat=True)}
    wanted = {
        one.course for one in discovery.courses if one.state != DELETED or one.course in to_end
    }
    return [row for row in in_turn(rows) if row.course in wanted]
