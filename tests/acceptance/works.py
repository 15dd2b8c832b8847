"""A mirror that is kept by real workers over a real broker: started, killed and asked.

Every process is one of its own; all but the fresh ones are forked from a warm one.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from simulator import Canvas
from tests.acceptance.driver import Mirror
from tests.acceptance.forgetful import Forgetful, forgetful_redis
from tests.acceptance.launcher import Launched, Launcher, launcher
from tests.command import ROOT, clean_environment

PATIENCE_S = 90.0
ENDED = "state NOT IN ('queued', 'running')"
QUEUE = """
from canvas.models import CanvasIntegration
from sync.models import Run
integration = CanvasIntegration.objects.get()
for course in {courses}:
    run = Run.objects.create(
        integration=integration, course=course, queue='{queue}', only={only}, trigger='schedule'
    )
    print(run.pk)
"""


def until(condition: Callable[[], Any], *, what: str, patience_s: float = PATIENCE_S) -> Any:
    """What the condition comes to, once that is something."""
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)
    return found


@dataclass(slots=True, kw_only=True)
class Works:
    """`logs` of all processes go into `folder`."""

    canvas: Canvas
    mirror: Mirror
    broker: Forgetful
    folder: Path
    launcher: Launcher
    ending: threading.Event = field(default_factory=threading.Event)
    starting: threading.Lock = field(default_factory=threading.Lock)
    processes: list[Launched | subprocess.Popen[bytes]] = field(default_factory=list)

    def worker(
        self,
        *options: str,
        queues: str = "realtime,scheduled,bulk",
        children: int = 1,
        days: float = 0,
        app: str = "workers",
    ) -> Launched:
        """`days`: how far its clock is off."""
        # Two of one name would wait for each other's answers as they begin.
        name = f"{len(self.processes)}@%h"
        named = ["-A", app, "worker", "-n", name, "-Q", queues, "-c", str(children), "-l", "INFO"]
        named += options
        return self._launch(named, days=days)

    def beat(self, *, days: float = 0) -> Launched:
        return self._launch(["-A", "workers", "beat"], days=days)

    def fresh_worker(self) -> subprocess.Popen[bytes]:
        """As the contract says it is started by hand; how it ends is known."""
        named = ["-A", "workers", "worker", "-Q", "realtime,scheduled,bulk", "-c", "1"]
        with self._new_log().open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", *named],
                cwd=ROOT,
                env=clean_environment(**self.mirror.environment),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    def _launch(self, arguments: Sequence[str], *, days: float) -> Launched:
        launched = self.launcher.launch(arguments, log=self._new_log(), days=days)
        self.processes.append(launched)
        return launched

    def _new_log(self) -> Path:
        return self.folder / f"{len(self.processes)}.log"

    def keep(self, start: Callable[[], Launched]) -> None:
        """Start it, and again whenever it has ended, as systemd and `up` do.

        A worker of Celery may end when its broker does (celery.worker: "Unrecoverable error").
        """

        def keeping() -> None:
            kept = start()
            while not self.ending.wait(0.2):
                if not kept.is_there():
                    with self.starting:
                        if not self.ending.is_set():
                            kept = start()

        threading.Thread(target=keeping, daemon=True).start()

    def ready(self, *workers: Launched | subprocess.Popen[bytes]) -> None:
        """They take messages from now on."""
        for worker in workers:
            log = self.folder / f"{self.processes.index(worker)}.log"
            until(lambda log=log: " ready." in log.read_text(), what=f"a worker. {log}")

    def queue(self, *courses: int, queue: str = "scheduled", only: Sequence[str] = ()) -> list[int]:
        """Runs in the ledger, without a message."""
        said = self.mirror.shell(QUEUE.format(courses=courses, queue=queue, only=list(only)))
        return [int(line) for line in said.split()]

    def send(self, name: str, *arguments: int, queue: str = "realtime") -> None:
        """One message to the workers."""
        self.mirror.shell(
            "from workers.app import app; "
            f"app.send_task('workers.tasks.{name}', args={arguments}, queue='{queue}')"
        )

    def run(self, pk: int) -> dict[str, Any]:
        """A row of the ledger."""
        columns = ("state", "attempts", "worker", "requests", "course")
        (row,) = self.mirror.sql(f"SELECT {', '.join(columns)} FROM sync_run WHERE id = {pk}")
        return dict(zip(columns, row, strict=True))

    def ended(self, runs: Sequence[int]) -> list[dict[str, Any]]:
        """The rows of the runs, once all have ended."""
        numbers = ", ".join(map(str, runs))
        open_ = f"SELECT id FROM sync_run WHERE id IN ({numbers}) AND NOT ({ENDED})"
        until(lambda: not self.mirror.sql(open_), what=f"runs that end. {self.logs()[-3000:]}")
        return [self.run(pk) for pk in runs]

    def logs(self) -> str:
        """All that the processes said."""
        return "\n".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """The hard way: whatever they were at is in the ledger."""
        with self.starting:  # nobody starts one any more
            self.ending.set()
        for process in self.processes:
            end(process)


def end(process: Launched | subprocess.Popen[bytes]) -> None:
    """Kill a process and those it has started."""
    for pid in children_of(process.pid):
        subprocess.run(["kill", "-9", str(pid)], capture_output=True)
    process.kill()
    process.wait(timeout=30)


def children_of(pid: int) -> list[int]:
    """Of a worker the processes that do the work."""
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []


def freeze(pid: int) -> None:
    subprocess.run(["kill", f"-{signal.SIGSTOP.value}", str(pid)], check=True)


@contextmanager
def opened_works(canvas: Canvas, mirror: Mirror, folder: Path) -> Iterator[Works]:
    """The integration is stored, and a broker is there; no process is started yet."""
    with forgetful_redis() as broker:
        yield from _opened(canvas, mirror, broker, folder)


def _opened(canvas: Canvas, mirror: Mirror, broker: Forgetful, folder: Path) -> Iterator[Works]:
    connected = mirror.manage("connect", "default", "--url", canvas.url)
    assert connected.code == 0, connected.stderr
    with psycopg.connect(mirror.database_url, autocommit=True) as connection:
        connection.execute("UPDATE sync_syncschedule SET paused = true")  # only what a test queues
    for name in ("CANVAS_URL", "CANVAS_TOKEN"):  # the workers must do with what is stored
        del mirror.environment[name]
    mirror.environment |= {
        "REDIS_URL": broker.url,
        "LOG_LEVEL": "INFO",
        "TICK_SECONDS": "1",
        "REDISPATCH_SECONDS": "3",
        "LEASE_SECONDS": "5",
        "WEBHOOK_MERGE_SECONDS": "1",
        "WEBHOOK_SECOND_LOOK_SECONDS": "2",
    }
    canvas.requests.clear()
    with launcher(mirror.environment) as launching:
        works = Works(
            canvas=canvas, mirror=mirror, broker=broker, folder=folder, launcher=launching
        )
        try:
            yield works
        finally:
            works.stop()
