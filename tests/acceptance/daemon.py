"""A worker and beats around a mirror, each a process that runs Celery's own command line.

They are forked from one process that has loaded Celery and the product: loading takes each two
seconds of a core.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.acceptance.driver import Mirror
from tests.command import ROOT, clean_environment

PATIENCE_S = 90.0
_LAUNCHER = """
import gc, os, signal, sys
from celery.bin.celery import main
import celery.apps.beat, celery.apps.worker, celery.concurrency.prefork
from workers import app
app.loader.import_default_modules()
gc.freeze()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that ended
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(2, 1)
        sys.argv = ["celery", "-A", "workers", *line.split()]
        sys.exit(main())
    print(pid, flush=True)
"""


class Daemon:
    """Processes of one mirror; all that they say is in `log`."""

    def __init__(self, mirror: Mirror, log: Path, launcher: subprocess.Popen[str]) -> None:
        self.mirror, self.log = mirror, log
        self._launcher = launcher
        self._pids: list[int] = []

    def worker(self, *, children: int) -> int:
        return self._start(f"worker -Q realtime,scheduled,bulk -c {children} -l INFO")

    def beat(self) -> int:
        return self._start("beat")

    def restarted_beat(self, times: int) -> None:
        """One beat after the other, each killed after a tick or two; they overlap a little."""
        alive: list[int] = []
        for _ in range(times):
            alive.append(self.beat())
            time.sleep(0.4)
            if len(alive) > 3:
                os.kill(alive.pop(0), signal.SIGKILL)
        for pid in alive:
            os.kill(pid, signal.SIGKILL)

    def end(self, *pids: int) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        self.wait(lambda: not any(map(_is_there, pids)))

    def end_all(self) -> None:
        self.end(*self._pids)

    def ticks(self) -> int:
        """How often the schedule was looked at."""
        said = self.log.read_text()
        return sum("workers.tasks.tick[" in line for line in said.splitlines() if "succeed" in line)

    def wait(self, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def wait_for_ticks(self, more: int) -> None:
        enough = self.ticks() + more
        self.wait(lambda: self.ticks() >= enough)

    def _start(self, arguments: str) -> int:
        assert self._launcher.stdin is not None
        assert self._launcher.stdout is not None
        self._launcher.stdin.write(f"{arguments}\n")
        self._launcher.stdin.flush()
        pid = int(self._launcher.stdout.readline())
        self._pids.append(pid)
        return pid


def _is_there(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@contextmanager
def daemon(mirror: Mirror, log: Path) -> Iterator[Daemon]:
    """All its processes have ended afterwards."""
    with (
        log.open("ab") as output,
        subprocess.Popen(
            [sys.executable, "-c", _LAUNCHER],
            cwd=ROOT,
            env=clean_environment(**mirror.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        ) as launcher,
    ):
        running = Daemon(mirror, log, launcher)
        try:
            yield running
        finally:
            running.end_all()
