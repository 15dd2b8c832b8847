"""A command that came out of the nursery and runs; asked as a `Popen` with pipes of text is."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from threading import Thread
from typing import IO


class Begun:
    """`status` is a pipe on which the exit code comes when the command has ended."""

    def __init__(
        self, pid: int, *, status: int, stdin: IO[str], stdout: IO[str], stderr: IO[str]
    ) -> None:
        self.pid, self.stdin, self.stdout, self.stderr = pid, stdin, stdout, stderr
        self.returncode: int | None = None
        self._status = open(status, encoding="ascii")  # noqa: SIM115  closed once it has spoken

    def poll(self) -> int | None:
        """Negative for a signal, None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            return self.wait()
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            with self._status:
                self.returncode = int(self._status.readline())
        return self.returncode

    def communicate(self, text: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        """What is left of stdout and of stderr. No `timeout`: the nursery ends what lasts."""
        with suppress(BrokenPipeError), self.stdin:
            self.stdin.write(text or "")
        complaints: list[str] = []
        with self.stdout, self.stderr:
            listening = Thread(target=lambda: complaints.append(self.stderr.read()))
            listening.start()
            said = self.stdout.read()
            listening.join()
        self.wait()
        return said, complaints[0]

    def send_signal(self, number: int) -> None:
        """Nobody else has its number: it is waited for only when its end is known here."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
