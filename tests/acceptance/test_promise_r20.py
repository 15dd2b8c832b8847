"""Promise R20: two syncs of one course never write at the same time, whoever starts them."""

import json
import subprocess
import sys
from collections import Counter

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.command import ROOT, clean_environment

PROCESSES, ROUNDS = 8, 50
AT_ONCE = """
    SELECT a.id, b.id FROM sync_run a JOIN sync_run b ON a.id < b.id
    WHERE a.state = 'succeeded' AND b.state = 'succeeded'
    AND a.started_at < b.finished_at AND b.started_at < a.finished_at
"""


def test_r20_of_many_at_once_one_reads_and_the_others_are_busy(
    still_canvas: Canvas, new_mirror: NewMirror
) -> None:
    mirror = new_mirror(still_canvas.url, "postgres")
    assert mirror.sync().code == 0
    said = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.contenders", str(PROCESSES), str(ROUNDS)],
        cwd=ROOT,
        env=clean_environment(**mirror.environment, DJANGO_SETTINGS_MODULE="settings.base"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said.returncode == 0, said.stderr[-2000:]
    attempts = [json.loads(line) for line in said.stdout.splitlines()]
    assert len(attempts) == PROCESSES * ROUNDS
    # Nobody was at the course and then lost it to another.
    found = Counter((attempt["state"], attempt["code"]) for attempt in attempts)
    assert set(found) == {("busy", "already_running"), ("succeeded", "")}
    assert mirror.sql(AT_ONCE) == []  # by the clock of the database
    winners = {attempt["round"] for attempt in attempts if attempt["state"] == "succeeded"}
    assert winners == set(range(ROUNDS))
    # Whoever read had an epoch of its own, the first sync too; so had who took the lease to go on
    # with a run that had just ended, and gave it back.
    ((epoch, holder),) = mirror.sql("SELECT epoch, run_id FROM sync_lease")
    assert epoch >= found["succeeded", ""] + 1
    assert holder is None
