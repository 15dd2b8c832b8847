"""Promise R29: workers that share a token stay under Canvas's limit and use what it allows."""

import time
from pathlib import Path

from simulator import start
from simulator.throttle import OUTFLOW_PER_S
from tests.acceptance.conftest import NewMirror
from tests.acceptance.works import opened_works, until

WORKERS = 4
COURSES = range(101, 181)
COST_SCALE = 20.0  # so that few requests are too many
SECONDS = 40.0
AT_WORK = "SELECT count(DISTINCT worker) FROM sync_run WHERE state = 'running'"


def test_r29_workers_are_never_rejected_and_use_the_allowed_rate(
    new_mirror: NewMirror, tmp_path: Path
) -> None:
    with (
        start("school", cost_scale=COST_SCALE) as school,
        opened_works(school, new_mirror(school.url, "postgres"), tmp_path) as works,
    ):
        works.queue(*COURSES)
        for _ in range(WORKERS):
            works.worker()
        until(lambda: works.mirror.sql(AT_WORK) == [(WORKERS,)], what="workers that are all at it")
        first = school.throttle.tally()
        time.sleep(SECONDS)
        last = school.throttle.tally()
        waiting = works.mirror.sql("SELECT 1 FROM sync_run WHERE state = 'queued'")
        assert waiting, "there is more to do"
        assert last.rejected_at == ()
        assert last.cost - first.cost >= 0.8 * OUTFLOW_PER_S * (last.at - first.at)
