"""The Canvases that the daemon keeps a mirror of, each with its place in the schedule."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from canvas.models import CanvasIntegration
from management.errors import usage
from management.integrations import address, adopt, find_integration
from workers.schedule import ensure_schedule


async def known_canvases() -> list[CanvasIntegration]:
    """Those stored; where none is, the one of the environment, which is tried and stored.

    Raises CommandStopped when none is known, and when CANVAS_URL names one that is not stored.
    """
    stored = [one async for one in CanvasIntegration.objects.order_by("name")]
    if not stored:
        return [await adopt(await find_integration(None))]
    if settings.CANVAS_URL:
        _refuse_unknown_address(stored)
    return stored


async def schedule(integrations: Iterable[CanvasIntegration]) -> None:
    """See that the courses of each are listed now and then; those stored long ago may lack it."""
    for integration in integrations:
        await ensure_schedule(integration)


def _refuse_unknown_address(stored: list[CanvasIntegration]) -> None:
    named = address(settings.CANVAS_URL)
    if named not in {one.base_url for one in stored}:
        raise usage(
            f"CANVAS_URL is {named}, which is not stored (stored: "
            f"{', '.join(f'{one.name} {one.base_url}' for one in stored)})",
            next_step="store it with 'manage.py connect NAME --url URL', or unset CANVAS_URL",
        )
