"""The Celery tasks: each takes an id, looks the order up in the ledger and has it carried out."""

from __future__ import annotations

from workers.app import app
from workers.bridge import bridge
from workers.carrying_out import carry_out


@app.task(name="workers.tasks.sync_course")
def sync_course(run_id: int) -> None:
    """Carry out the queued run. A run that is not queued (any more) is left alone."""
    bridge.run(carry_out(run_id))
