"""A function an installation might name in POST_SYNC, written without care."""

from __future__ import annotations

from collections.abc import AsyncIterator

from django.conf import settings

from canvas.models import CanvasIntegration, MirroredRow
from sync.models import Run


async def fail_with_the_token(run: Run, rows: AsyncIterator[MirroredRow]) -> None:
    """Has the token in hand when it fails."""
    integration = await CanvasIntegration.objects.aget(pk=run.integration_id)
    token = integration.read_token() or str(settings.CANVAS_TOKEN)
    assert token
    raise LookupError(f"no report for {integration!r} ({len(token)})")
