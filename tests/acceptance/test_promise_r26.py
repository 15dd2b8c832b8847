"""Promises R23, R26 and R27: late messages, clocks a day off, and workers that are asked to end."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.works import Works, opened_works, until

LATENCY_S = 0.1
STATE = "SELECT 1 FROM sync_run WHERE id = {run} AND state = '{state}'"
OVERLAPS = """
    SELECT a.id, b.id FROM sync_run a JOIN sync_run b ON a.id < b.id AND a.course = b.course
    WHERE a.started_at < b.finished_at AND b.started_at < a.finished_at
"""


@pytest.fixture
def slow_canvas() -> Iterator[Canvas]:
    with start("tiny", ticks=lambda: 0.0, throttle=False, latency_s=LATENCY_S) as running:
        yield running


@pytest.fixture
def works(slow_canvas: Canvas, new_mirror: NewMirror, tmp_path: Path) -> Iterator[Works]:
    mirror = new_mirror(slow_canvas.url, "postgres")
    with opened_works(slow_canvas, mirror, tmp_path) as opened:
        yield opened


def under_way(works: Works, run: int) -> None:
    until(lambda: works.mirror.sql(STATE.format(run=run, state="running")), what="a run under way")


def test_r26_a_task_that_is_delivered_again_while_it_runs_has_no_effect(works: Works) -> None:
    works.canvas.desk.latency_s = 0.4
    for _ in range(2):
        works.worker(app="tests.acceptance.hasty")
    (run,) = works.queue(101)
    works.send("sync_course", run)
    (ended,) = works.ended([run])
    until(lambda: "run.waits" in works.logs(), what="a second delivery")
    assert (ended["state"], ended["attempts"]) == ("succeeded", 1)
    assert len(works.canvas.requests) == ended["requests"]
    works.send("sync_course", run)  # and once more, when all is over
    until(lambda: "run.left_alone" in works.logs(), what="a late delivery")
    assert works.run(run) == ended


def test_r23_workers_whose_clocks_are_a_day_off_keep_to_the_leases(works: Works) -> None:
    works.ready(works.worker(days=1), works.worker(days=-1))
    works.beat(days=1)
    works.canvas.desk.latency_s = 2.0
    command = works.mirror.begin("sync_course", "101", "--json")
    until(
        lambda: works.mirror.sql("SELECT 1 FROM sync_lease WHERE run_id IS NOT NULL"),
        what="a command that holds the lease",
    )
    (run,) = works.queue(101)
    until(lambda: works.logs().count("run.waits") > 1, what="workers that do not take the lease")
    works.canvas.desk.latency_s = LATENCY_S
    assert works.mirror.end(command).report["state"] == "succeeded"
    (ended,) = works.ended([run])
    assert (ended["state"], ended["attempts"]) == ("succeeded", 1)
    assert works.mirror.sql(OVERLAPS) == []
    # And others keep to theirs, each of which has one: its term is told by the database.
    works.canvas.desk.latency_s = 2.0  # so that they are not over before the command has begun
    runs = works.queue(102, 103)
    for run in runs:
        under_way(works, run)
    refused = [works.mirror.sync(course) for course in ("102", "103")]
    works.canvas.desk.latency_s = LATENCY_S
    for one in refused:
        assert (one.code, one.report["error"]["code"]) == (75, "already_running")
    assert len({one["worker"] for one in works.ended(runs)}) == 2


def test_r27_a_worker_that_is_asked_to_end_leaves_a_run_that_another_goes_on_with(
    works: Works, rng: random.Random, new_mirror: NewMirror
) -> None:
    works.canvas.desk.latency_s = 4 * LATENCY_S
    (run,) = works.queue(101)
    worker = works.fresh_worker()
    works.send("sync_course", run)
    pages = rng.randint(3, 12)
    until(lambda: len(works.canvas.requests) >= pages, what="pages")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    assert works.run(run) | {"state": "queued", "attempts": 1} == works.run(run)
    works.canvas.desk.latency_s = LATENCY_S
    gone_on_with(works, run)
    undisturbed = new_mirror(works.canvas.url, "postgres")
    undisturbed.sync("101")
    assert works.mirror.digest() == undisturbed.digest()


def test_r27_a_worker_that_waits_for_canvas_ends_too(works: Works) -> None:
    works.canvas.faults.add("hang", "/courses/101/sections", times=None)
    (run,) = works.queue(101)
    worker = works.fresh_worker()
    works.send("sync_course", run)
    until(lambda: any("sections" in one.path for one in works.canvas.requests), what="a request")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    assert works.run(run) | {"state": "queued", "attempts": 1} == works.run(run)
    works.canvas.faults.clear()
    gone_on_with(works, run)


def gone_on_with(works: Works, run: int) -> None:
    """Another worker ends it."""
    works.worker()
    works.send("sync_course", run)
    (ended,) = works.ended([run])
    assert (ended["state"], ended["attempts"]) == ("succeeded", 2)
