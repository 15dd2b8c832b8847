"""One sync through the operator's verb, in this process, with a client that does not wait."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from canvas.client import CanvasClient, Limits, LocalBudget, Timeouts
from canvas.models import CanvasIntegration
from management.operations import SyncRequest, sync_courses
from sync.report import RunReport
from tests.acceptance.random_worlds.steps import Sync
from workers import wiring
from workers.bridge import bridge
from workers.credentials import Onlooker as TokenOnlooker
from workers.credentials import token_source_for

INTEGRATION = "default"
PATIENCE_S = 30.0  # on a machine that has much else to do
HANGING_S = 0.5


async def _at_once(seconds: float) -> None:
    await asyncio.sleep(0)


def hurried_client(
    integration: CanvasIntegration, *, writes: bool = True, read_s: float
) -> CanvasClient:
    """As `workers.wiring.client_for` makes it, but waits between requests are over at once."""
    tokens = token_source_for(integration)
    tokens = tokens if writes else TokenOnlooker(tokens)
    return CanvasClient(
        integration.base_url,
        token=tokens,
        budget=LocalBudget(sleep=_at_once, jitter=lambda: 0.0),
        allow_insecure=True,
        timeouts=Timeouts(connect_s=PATIENCE_S, read_s=read_s, total_s=3 * read_s),
        limits=Limits(max_pages=40, throttle_patience_s=5.0),
        sleep=_at_once,
    )


@contextmanager
def hurried(*, read_s: float) -> Iterator[None]:
    """The composition root has no place where a client could be handed in."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wiring, "client_for", partial(hurried_client, read_s=read_s))
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """A story runs a dozen syncs, and each has much to say."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def request_of(step: Sync) -> SyncRequest:
    words = {"plain", "full", "accept", "rehearse"}
    return SyncRequest(
        courses=(step.course,),
        integration=INTEGRATION,
        only=() if step.how in words else tuple(step.how.split(",")),
        full=step.how in ("full", "accept"),
        accept_deletes=step.how == "accept",
        dry_run=step.how == "rehearse",
    )


class Onlooker:
    """Counts pages; stops the run after some of them, and lets something happen after the first."""

    def __init__(self, *, stop_after: int | None, meanwhile: Callable[[], object] | None) -> None:
        self.stop = threading.Event()
        self._left, self._meanwhile = stop_after, meanwhile
        if stop_after == 0:
            self.stop.set()

    def started(self, source: str) -> None:
        """Nothing to do."""

    def stored(self, source: str, *, pages: int, rows: int) -> None:
        if self._meanwhile is not None:
            self._meanwhile()
            self._meanwhile = None
        if self._left is not None:
            self._left -= pages
            if self._left <= 0:
                self.stop.set()

    def finished(self, source: str, *, complete: bool) -> None:
        """Nothing to do."""


def carry_out(
    step: Sync, onlooker: Onlooker, *, note: Callable[[str], None] = lambda text: None
) -> RunReport:
    """`note` is told when an earlier run is gone on with."""
    hangs = any(trouble.kind == "hang" for trouble in step.troubles)
    reports: list[RunReport] = []
    work = sync_courses(
        request_of(step), watch=onlooker, stop=onlooker.stop, done=reports.append, note=note
    )
    with hurried(read_s=HANGING_S if hangs else PATIENCE_S):
        bridge.run(work)
    return reports[0]
