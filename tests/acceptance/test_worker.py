"""A real Celery worker carries out queued runs, over a real broker and PostgreSQL."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import TOKEN, Mirror
from tests.command import ROOT, clean_environment
from tests.servers import redis_server

PATIENCE_S = 60.0
ENDED = "state NOT IN ('queued', 'running')"
QUEUE = (
    "from canvas.models import CanvasIntegration; from sync.models import Run; "
    "from workers.tasks import sync_course; "
    "run = Run.objects.create(integration=CanvasIntegration.objects.get(), course={course}); "
    "sync_course.apply_async((run.pk,), queue='{queue}'); print(run.pk)"
)
SEND = "from workers.tasks import sync_course; sync_course.apply_async(({run},), queue='bulk')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """A mirror whose syncs a worker does. `log` is everything the worker said."""

    canvas: Canvas
    mirror: Mirror
    log: Path

    def queue(self, course: int, *, queue: str = "bulk") -> int:
        return int(self.mirror.shell(QUEUE.format(course=course, queue=queue)))

    def send_again(self, run: int) -> None:
        self.mirror.shell(SEND.format(run=run))

    def shown(self, run: int) -> dict[str, Any]:
        """The report of a run, once it has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.mirror.sql(f"SELECT 1 FROM sync_run WHERE id = {run} AND {ENDED}"):
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        report: dict[str, Any] = self.mirror.manage("runs", "show", str(run), "--json").report
        return report


@pytest.fixture(scope="module")
def broker_url() -> Iterator[str]:
    with redis_server(own=True) as running:
        yield running.url


@pytest.fixture(scope="module")
def workshop(
    still_canvas: Canvas,
    new_mirror: NewMirror,
    broker_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workshop]:
    mirror = new_mirror(still_canvas.url, "postgres")
    connected = mirror.manage("connect", "default", "--url", still_canvas.url)
    assert connected.code == 0, connected.stderr
    for name in ("CANVAS_URL", "CANVAS_TOKEN"):  # the worker must do with what is stored
        del mirror.environment[name]
    mirror.environment["REDIS_URL"] = broker_url
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with log.open("wb") as output:
        worker = start_worker(mirror, output)
    try:
        yield Workshop(canvas=still_canvas, mirror=mirror, log=log)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(timeout=30)


def start_worker(mirror: Mirror, output: Any) -> subprocess.Popen[bytes]:
    """As the contract says it is started by hand, with one child."""
    options = ["-Q", "realtime,scheduled,bulk", "--pool=prefork", "-c", "1", "-l", "DEBUG"]
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "workers", "worker", *options],
        cwd=ROOT,
        env=clean_environment(**mirror.environment),
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def test_a_queued_run_comes_to_what_the_command_comes_to(
    workshop: Workshop, new_mirror: NewMirror
) -> None:
    by_worker = workshop.shown(workshop.queue(101))
    assert by_worker.pop("traffic")["verdicts"] == {"ok": by_worker["requests"]}
    commanded = new_mirror(workshop.canvas.url, "postgres")
    by_command = commanded.sync("101").report
    for theirs in (by_worker, by_command):
        assert theirs.pop("seconds") > 0
        del theirs["run"]
    assert set(by_worker.pop("modes").values()) == {"full"}
    assert by_worker == by_command | {"rejects": []}
    assert by_worker["state"] == "succeeded"
    assert workshop.mirror.digest() == commanded.digest()


@pytest.mark.parametrize("queue", ["realtime", "scheduled", "bulk"])
def test_every_queue_is_served(workshop: Workshop, queue: str) -> None:
    assert workshop.shown(workshop.queue(102, queue=queue))["state"] == "succeeded"


def test_a_message_that_comes_twice_does_nothing(workshop: Workshop) -> None:
    for other in (102, 101):  # whatever of 103 waits for them finds it now
        workshop.shown(workshop.queue(other))
    run = workshop.queue(103)
    workshop.shown(run)
    ledger = f"SELECT * FROM sync_run WHERE id = {run}"
    before, rows = workshop.mirror.sql(ledger), workshop.mirror.rows()
    workshop.canvas.requests.clear()
    workshop.send_again(run)
    workshop.send_again(10_000)  # a run that does not exist
    workshop.shown(workshop.queue(102))  # one child, one queue: the others were before it
    assert not workshop.canvas.requests.matching("/courses/103")
    assert workshop.mirror.sql(ledger) == before
    assert workshop.mirror.rows() == rows


def test_a_course_that_is_unknown_fails_its_run_and_not_the_worker(workshop: Workshop) -> None:
    report = workshop.shown(workshop.queue(999))
    assert (report["state"], report["error"]["code"]) == ("failed", "not_found")
    assert workshop.shown(workshop.queue(102))["state"] == "succeeded"
    said = workshop.log.read_text()
    assert "Traceback" not in said
    assert TOKEN not in said
    assert "celery@" in said
