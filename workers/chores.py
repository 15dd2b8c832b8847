"""What the daemon does by itself at each tick, and what only now and then.

Whoever moves a chore's time on does it: of two ticks at once, one. The clock is the database's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from django.db.models.functions import Now

from sync.clock import in_seconds
from sync.models import Chore
from workers.inbox import drain, note_silence
from workers.prune import prune
from workers.reconcile import reconcile
from workers.schedule import run_due

Work = Callable[[], Awaitable[object]]

# Name → how often, in seconds, and what.
CHORES: Final[dict[str, tuple[float, Work]]] = {"prune": (24 * 3600.0, prune)}


async def tick() -> None:
    """What is due now. A tick that finds nothing costs a few look-ups."""
    await reconcile()
    await run_due()
    await drain()
    await note_silence()
    for name, (every_s, work) in CHORES.items():
        if await take(name, every_s=every_s):
            await work()


async def take(name: str, *, every_s: float) -> bool:
    """Whether the chore is due, and nobody else does it."""
    due = Chore.objects.filter(name=name, next_at__lte=Now())
    if await due.aupdate(next_at=in_seconds(every_s)):
        return True
    if await Chore.objects.filter(name=name).aexists():
        return False
    await Chore.objects.abulk_create([Chore(name=name)], ignore_conflicts=True)
    return bool(await due.aupdate(next_at=in_seconds(every_s)))
