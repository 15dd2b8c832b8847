"""What the daemon does by itself at each tick, and what only now and then.

Whoever moves a chore's time on does it: of two ticks at once, one. The clock is the database's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from django.conf import settings

from workers.chore_turns import take_turn
from workers.inbox import drain, note_silence
from workers.prune import prune
from workers.reconcile import reconcile
from workers.schedule import run_due

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[object]]

# Name → how often, in seconds, and what.
CHORES: Final[dict[str, tuple[float, Work]]] = {"prune": (24 * 3600.0, prune)}


async def tick() -> None:
    """What is due now. A tick that finds nothing costs a few look-ups, one too many a single one:
    they pile up in the broker while no worker is there.
    """
    if not await take_turn("tick", every_s=0.8 * settings.TICK_SECONDS):
        return
    await reconcile()
    await run_due()
    await drain()
    await note_silence()
    for name, (every_s, work) in CHORES.items():
        if await take_turn(name, every_s=every_s):
            await work()
    log.debug("tick.done")
