"""`manage.py up` as its user meets it: the command, what it says, and every process of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.acceptance.driver import FIELD_KEY
from tests.command import ROOT, clean_environment
from tests.servers.running import free_port

PATIENCE_S = 90.0


def until(holds: Callable[[], Any], *, log: Path, patience_s: float = PATIENCE_S) -> Any:
    """What `holds` returns once it is true."""
    deadline = time.monotonic() + patience_s
    while not (found := holds()):
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.05)
    return found


class Daemon:
    """One that runs. Its processes are the descendants of the command, also once it is gone."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.log, self.port = folder / "up.log", free_port()
        given = {"FIELD_KEYS": FIELD_KEY, "SECRET_KEY": "of-this-test", "TICK_SECONDS": "1"}
        command = ["manage.py", "up", "--json", "--port", str(self.port), "--workers", "1"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command, *arguments],
                cwd=ROOT,
                env=clean_environment(**given | environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._known = {self.process.pid}

    def document(self) -> dict[str, Any]:
        """What it says once it is up."""
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, self.log.read_text()
        document: dict[str, Any] = json.loads(said)
        return document

    def ask(self, path: str) -> tuple[int, bytes]:
        """Status and body; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=10
            ) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()
        except OSError:
            return 0, b""

    def until(self, holds: Callable[[], Any], *, patience_s: float = PATIENCE_S) -> Any:
        return until(holds, log=self.log, patience_s=patience_s)

    def is_ready(self) -> bool:
        return self.ask("/readyz")[0] == 200

    def processes(self) -> dict[int, str]:
        """Those that live: number and command line. What was seen once is never forgotten."""
        table = dict(_living())
        while found := {pid for pid, (parent, _) in table.items() if parent in self._known}:
            if found <= self._known:
                break
            self._known |= found
        return {pid: line for pid, (_, line) in table.items() if pid in self._known}

    def find(self, words: str) -> set[int]:
        """The processes with these words in their command line."""
        return {pid for pid, line in self.processes().items() if words in line}

    def end_all(self) -> None:
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.communicate(timeout=30)


@contextmanager
def daemon(folder: Path, *arguments: str, **environment: str) -> Iterator[Daemon]:
    """Whatever the test does to it, nothing of it is left."""
    running = Daemon(folder, *arguments, **environment)
    try:
        yield running
    finally:
        running.end_all()


def _living() -> Iterator[tuple[int, tuple[int, str]]]:
    """Number, parent and command line of every process that has not ended."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if state != "Z":
                yield int(place.name), (int(parent), line)
