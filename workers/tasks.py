"""The Celery tasks: each takes an id, looks the order up in the ledger and has it carried out."""

from __future__ import annotations

from workers.app import app
from workers.bridge import bridge
from workers.carrying_out import carry_out
from workers.schedule import list_and_queue, run_due


@app.task(name="workers.tasks.sync_course")
def sync_course(run_id: int) -> None:
    """Carry out the queued run. A run that is not queued (any more) is left alone."""
    bridge.run(carry_out(run_id))


@app.task(name="workers.tasks.tick")
def tick() -> None:
    """What is due by now."""
    bridge.run(run_due())


@app.task(name="workers.tasks.sync_integration")
def sync_integration(integration_id: int) -> None:
    """List the courses of an integration; those that are due by that are queued at once."""
    bridge.run(list_and_queue(integration_id))
