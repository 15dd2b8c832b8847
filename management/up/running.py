"""From the order to the daemon that is up, and to its end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.conf import settings

from canvas.models import CanvasIntegration
from management.errors import usage
from management.exits import Exit
from management.up import asking, children
from management.up.canvases import known_canvases, schedule
from management.up.child import Say
from management.up.crew import Crew
from management.up.embedded import Embedded
from management.up.notices import Notices, notices
from management.up.order import UpOrder
from management.up.simulated import Simulated
from management.up.stopping import Wishes, wishes
from workers.bridge import bridge

GRACE_S: Final = 30.0
PATIENCE_S: Final = 30.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """Who is told what: lines of children, notes of our own, and once that all is up."""

    say: Say
    note: Callable[[str], None]
    is_up: Callable[[list[CanvasIntegration]], None]


async def run(order: UpOrder, *, ears: Ears) -> Exit:
    """Until it is told to end. Nothing is left running, however it ends.

    Raises CommandStopped for what keeps it from coming up.
    """
    with wishes(ears.note) as wished, notices() as heard:
        crew = Crew(say=ears.say)
        try:
            await _until_end(_come_up(order, crew=crew, heard=heard, ears=ears), crew, wished)
        finally:
            well = await crew.end(grace_s=GRACE_S, hurry=wished.hurry)
    if wished.hurry.is_set():
        return Exit.INTERRUPTED
    return Exit.DONE if well else Exit.FAILED


async def _until_end(coming_up: Coroutine[Any, Any, None], crew: Crew, wished: Wishes) -> None:
    """Raises what keeps the daemon from coming up, and CommandStopped for a child's refusal."""
    beginning = asyncio.create_task(coming_up)
    ending = asyncio.create_task(wished.end.wait())
    waiting: set[asyncio.Future[Any]] = {beginning, ending, crew.refused}
    while not ending.done():
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if crew.refused.done():
            beginning.cancel()
            raise usage(
                f"{crew.refused.result()} ended at once: it is configured wrongly",
                next_step="correct what it says above",
            )
        if beginning.done() and not beginning.cancelled():
            beginning.result()
            waiting.discard(beginning)
    beginning.cancel()


async def _come_up(order: UpOrder, *, crew: Crew, heard: Notices, ears: Ears) -> None:
    server = None if settings.BROKER_URL else Embedded.found()
    simulated = None
    if order.simulator:
        simulated = await _in_database(Simulated.stored())
        integrations = [simulated.integration]
        crew.start(simulated.child(order))
    else:
        integrations = await _in_database(known_canvases())
    if server is not None:
        crew.start(server.child())
        await asking.until(lambda: asking.redis_answers(server.port, password=server.password))
    changes = children.shared_changes(
        redis_url=server.url if server else None,
        keys_url=simulated.keys_url if simulated else None,
        log_format="console" if sys.stderr.isatty() else "json",
    )
    waiting = _start(order, crew=crew, heard=heard, changes=changes)
    await asyncio.gather(
        _take_up(integrations, simulated=simulated),
        *(_ready(name, ready, note=ears.note) for name, ready in waiting.items()),
    )
    ears.is_up(integrations)


async def _take_up(integrations: list[CanvasIntegration], *, simulated: Simulated | None) -> None:
    """From now on the schedule asks these."""
    if simulated is not None:
        await asking.until(lambda: asking.web_answers("127.0.0.1", simulated.port, path="/"))
        await _in_database(simulated.introduce())
    await _in_database(schedule(integrations))


def _start(
    order: UpOrder, *, crew: Crew, heard: Notices, changes: children.Changes
) -> dict[str, Coroutine[Any, Any, None]]:
    """Those that do the work: name → what waits until it is ready."""
    crew.start(children.web(order, changes))
    for name in children.NODES:
        processes = order.workers if name == "worker" else 1
        notify = heard.address(name)
        crew.start(children.worker(name, changes, processes=processes, notify=notify))
    crew.start(children.beat(changes, notify=heard.address("beat")))
    host = order.shown_host.strip("[]")
    waiting = {name: heard.ready(name) for name in (*children.NODES, "beat")}
    waiting["web"] = asking.until(lambda: asking.web_answers(host, order.port, path="/healthz"))
    return waiting


async def _ready(
    name: str, ready: Coroutine[Any, Any, None], *, note: Callable[[str], None]
) -> None:
    """Wait for it, and say now and then for whom."""
    waiting = asyncio.create_task(ready)
    try:
        while not (await asyncio.wait({waiting}, timeout=PATIENCE_S))[0]:
            note(f"still waiting for {name}; its own lines above may say why")
        await waiting
    finally:
        waiting.cancel()


async def _in_database(work: Coroutine[Any, Any, _T]) -> _T:
    """On the bridge's loop, as every command does it."""
    return await asyncio.to_thread(bridge.run, work)
