"""The Celery tasks: each takes an id, looks the order up in the ledger and has it carried out."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from workers import carrying_out, chores, inbox
from workers import prune as pruning
from workers import reconcile as reconciling
from workers.app import app
from workers.bridge import bridge
from workers.schedule import list_and_queue
from workers.stopping import CutOffError, shutting_down, within_grace

log = structlog.get_logger(__name__)


def _do(work: Coroutine[Any, Any, object], **facts: object) -> None:
    """A database that is away is no bug: the ledger has it all, and the next tick goes on."""
    try:
        bridge.run(within_grace(work))
    except (OperationalError, InterfaceError) as failure:
        log.warning("task.no_database", error=type(failure).__name__, **facts)
    except (SoftTimeLimitExceeded, CutOffError):
        log.warning("task.cut_off", **facts)  # a run waits in its queue again, and goes on


@app.task(name="workers.tasks.sync_course")
def sync_course(run_id: int) -> None:
    """Carry out the queued run. A run that is not queued (any more) is left alone."""
    _do(carrying_out.carry_out(run_id, stop=shutting_down), run=run_id)


@app.task(name="workers.tasks.tick")
def tick() -> None:
    """What the schedule has due, and the daemon's own chores."""
    _do(chores.tick())


@app.task(name="workers.tasks.drain_webhooks")
def drain_webhooks() -> None:
    """What events have made dirty is queued to be read again."""
    _do(inbox.drain_and_follow())


@app.task(name="workers.tasks.reconcile")
def reconcile() -> None:
    """Put the ledger right after whatever was lost."""
    _do(reconciling.reconcile())


@app.task(name="workers.tasks.prune")
def prune() -> None:
    """Forget what is kept no longer."""
    _do(pruning.prune())


@app.task(name="workers.tasks.sync_integration")
def sync_integration(integration_id: int) -> None:
    """List the courses of an integration; those that are due by that are queued at once."""
    _do(list_and_queue(integration_id))
