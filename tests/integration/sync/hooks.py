"""Functions an installation might name in POST_SYNC."""

import asyncio
from collections.abc import AsyncIterator

from canvas.models import CanvasSection, CanvasTerm, MirroredRow
from sync.models import Run

SECRET = "Ada Lovelace has 4.5 points"


async def note_sections(run: Run, rows: AsyncIterator[MirroredRow]) -> None:
    """Leaves a row behind that says what it was given."""
    names = [row.name or "" async for row in rows if isinstance(row, CanvasSection)]
    await CanvasTerm.objects.acreate(name=f"run {run.pk} {run.state}: {', '.join(names)}")


async def read_one(run: Run, rows: AsyncIterator[MirroredRow]) -> None:
    async for row in rows:
        await CanvasTerm.objects.acreate(name=f"first is {type(row).__name__}")
        break


async def fail(run: Run, rows: AsyncIterator[MirroredRow]) -> None:
    raise LookupError(SECRET)


def not_async(run: Run, rows: AsyncIterator[MirroredRow]) -> None:
    """Somebody forgot a word."""


async def leave(run: Run, rows: AsyncIterator[MirroredRow]) -> None:
    raise SystemExit(7)


async def cancel_a_task(run: Run, rows: AsyncIterator[MirroredRow]) -> None:
    """Fails with a cancellation that is its own."""
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task
