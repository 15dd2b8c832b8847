"""Celery's own command line in processes forked from one that has loaded Celery and the product.

Loading takes each of them some seconds of a core. Every one of them is a process of its own, with
its own connections, and may be killed like any other.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.command import ROOT, clean_environment

_CODE = """
import gc, json, os, signal, sys
from celery.bin.celery import main
import celery.apps.beat, celery.apps.worker, celery.concurrency.prefork, kombu.transport.redis
import time_machine
from workers import app
app.loader.import_default_modules()
gc.freeze()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that ended
for line in sys.stdin:
    order = json.loads(line)
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if order["days"]:
            import datetime
            at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=order["days"])
            time_machine.travel(at, tick=True).start()
        sys.argv = ["celery", *order["arguments"]]
        sys.exit(main())
    print(pid, flush=True)
"""


class Launched:
    """A process that was forked elsewhere."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float = 30) -> int:
        """Until it is gone; how it ended is not known."""
        deadline = time.monotonic() + timeout
        while self.is_there():
            assert time.monotonic() < deadline, f"process {self.pid} does not end"
            time.sleep(0.02)
        return 0

    def is_there(self) -> bool:
        with suppress(ProcessLookupError):
            os.kill(self.pid, 0)
            return True
        return False


class Launcher:
    """`environment` is that of all processes it launches."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process, self._ordering = process, threading.Lock()

    def launch(self, arguments: Sequence[str], *, log: Path, days: float = 0) -> Launched:
        """`celery ARGUMENTS`, its clock so many days off."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"arguments": list(arguments), "log": str(log), "days": days}
        with self._ordering:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return Launched(int(self._process.stdout.readline()))


@contextmanager
def launcher(environment: dict[str, str]) -> Iterator[Launcher]:
    """What it has launched does not end with it."""
    with subprocess.Popen(
        [sys.executable, "-c", _CODE],
        cwd=ROOT,
        env=clean_environment(**environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Launcher(process)
        assert process.stdin is not None
        process.stdin.close()
