"""Promises R21 and R22: a dead holder's lease frees itself, and a frozen one writes no more."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.works import Works, children_of, freeze, opened_works, until

ELSEWHERE = "UPDATE sync_lease SET holder = 'another-host|0815 12|34' RETURNING 1"
PAGES = "SELECT 1 FROM sync_checkpoint WHERE run_id = {run} AND source = 'enrollments'"
RUNNING = "SELECT id FROM sync_run WHERE state = 'running'"
# Of this database: others on the server have waits and tables of the same name of their own.
BLOCKED = (
    "SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE datname = current_database() AND relation = 'sync_checkpoint'::regclass AND NOT granted"
)
LATENCY_S, SLOW_S = 0.3, 1.0


@pytest.fixture
def slow_canvas() -> Iterator[Canvas]:
    with start("tiny", ticks=lambda: 0.0, throttle=False, latency_s=LATENCY_S) as running:
        yield running


@pytest.fixture
def works(slow_canvas: Canvas, new_mirror: NewMirror, tmp_path: Path) -> Iterator[Works]:
    mirror = new_mirror(slow_canvas.url, "postgres")
    with opened_works(slow_canvas, mirror, tmp_path) as opened:
        yield opened


def half_way(works: Works, run: int) -> None:
    """It stays there long enough to be killed or frozen."""
    until(lambda: works.mirror.sql(PAGES.format(run=run)), what="a run that is under way")
    works.canvas.desk.latency_s = SLOW_S


def test_r21_the_lease_of_a_dead_worker_frees_itself_and_its_run_is_ended_by_another(
    works: Works,
) -> None:
    dying = works.worker()
    (run,) = works.queue(101)
    works.send("sync_course", run)
    half_way(works, run)
    for pid in (*children_of(dying.pid), dying.pid):
        os.kill(pid, signal.SIGKILL)
    # As if it had been on another machine, where nobody can see that it is gone.
    works.mirror.sql(ELSEWHERE)
    works.canvas.desk.latency_s = LATENCY_S
    held = "SELECT 1 FROM sync_lease WHERE run_id IS NOT NULL AND expires_at > now()"
    assert works.mirror.sql(held), "the term is not over"
    works.worker()
    works.beat()
    (ended,) = works.ended([run])
    assert (ended["state"], ended["attempts"]) == ("succeeded", 2)
    late = "SELECT 1 FROM sync_lease WHERE epoch = 2 AND run_id IS NULL"
    until(lambda: works.mirror.sql(late), what="a lease that is given back")
    assert works.mirror.sync("101").counts("updated") == {}


def stopped_between(works: Works) -> tuple[subprocess.Popen[str], int]:
    """A command that sleeps while it waits for Canvas, and its run."""
    first = works.mirror.begin("sync_course", "101", "--json")
    ((run,),) = until(lambda: works.mirror.sql(RUNNING), what="a run that began")
    half_way(works, run)
    freeze(first.pid)
    return first, run


def stopped_inside(works: Works) -> tuple[subprocess.Popen[str], int]:
    """A command that sleeps in the middle of a transaction, with the locks it has."""
    with psycopg.connect(works.mirror.database_url) as blocker:
        blocker.execute("LOCK TABLE sync_checkpoint IN ACCESS EXCLUSIVE MODE")
        first = works.mirror.begin("sync_course", "101", "--json")
        until(lambda: works.mirror.sql(BLOCKED), what="a command that waits for the table")
        freeze(first.pid)
        blocker.rollback()
    ((run,),) = works.mirror.sql(RUNNING)
    return first, run


@pytest.mark.parametrize("stopped", [stopped_between, stopped_inside])
def test_r22_a_holder_that_was_frozen_cannot_write_after_it_was_replaced(
    works: Works,
    new_mirror: NewMirror,
    slow_canvas: Canvas,
    stopped: Callable[[Works], tuple[subprocess.Popen[str], int]],
) -> None:
    first, run = stopped(works)
    # PostgreSQL may have to end its transaction first.
    free = "SELECT 1 FROM sync_lease WHERE expires_at < now() FOR UPDATE SKIP LOCKED"
    until(lambda: works.mirror.sql(free), what="a term that is over")
    slow_canvas.desk.latency_s = 0.0
    second = works.mirror.sync("101")
    assert second.report["state"] == "succeeded"
    assert second.report["run"] == run
    before = (works.mirror.rows(), works.mirror.sql("SELECT * FROM sync_run"))
    first.send_signal(signal.SIGCONT)
    result = works.mirror.end(first)
    assert result.code == 75
    assert (result.report["state"], result.report["error"]["code"]) == ("busy", "run_taken_over")
    assert (works.mirror.rows(), works.mirror.sql("SELECT * FROM sync_run")) == before
    undisturbed = new_mirror(slow_canvas.url, "postgres")
    undisturbed.sync("101")
    assert works.mirror.digest() == undisturbed.digest()
