"""A PostgreSQL of a test's own: killed without warning, started again, given too little room."""

from __future__ import annotations

import os
import resource
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.servers import postgres_server
from tests.servers.running import environment

PATIENCE_S = 60.0
UNLIMITED = resource.RLIM_INFINITY


class Perishable:
    """Knows how the server was started, and can do it again with the same files."""

    def __init__(self, url: str, pid: int) -> None:
        self.url, self._pid = url, pid
        with psycopg.connect(url, autocommit=True) as connection:
            [(folder,)] = connection.execute("SHOW data_directory").fetchall()
            # The servers of tests commit in a moment or so; here a commit is to outlive the kill.
            connection.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = on")
        self._folder = Path(folder)
        self._account = self._folder.stat()
        self._command = shlex.split((self._folder / "postmaster.opts").read_text())
        self._again: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        """As a power cut does: no process of it gets to say a word."""
        os.kill(self._pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)  # its number must be free before it starts again

    def start(self, *, file_bytes: int = UNLIMITED) -> None:
        """Again, as often as it takes until the last of the killed ones are gone.

        No file may grow beyond `file_bytes`.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder.parent / "server.log").read_text()
            if self._again is None or self._again.poll() is not None:
                self._again = self._started(file_bytes)
                self._pid = self._again.pid
            time.sleep(0.05)

    def restart(self, *, file_bytes: int = UNLIMITED) -> None:
        self.kill()
        self.start(file_bytes=file_bytes)

    def stop(self) -> None:
        if self._again is not None:
            self._again.send_signal(signal.SIGINT)
            self._again.wait(PATIENCE_S)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _started(self, file_bytes: int) -> subprocess.Popen[bytes]:
        root = os.geteuid() == 0
        with open(self._folder.parent / "server.log", "ab") as log:
            return subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=environment(self._folder.parent),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: _limit_files(file_bytes),
                user=self._account.st_uid if root else None,
                group=self._account.st_gid if root else None,
                extra_groups=[] if root else None,
            )


def _limit_files(most_bytes: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))


@contextmanager
def perishable_postgres() -> Iterator[Perishable]:
    with postgres_server(own=True) as running:
        assert running.pid is not None
        server = Perishable(running.url, running.pid)
        try:
            yield server
        finally:
            server.stop()
