"""A Redis-compatible server of a test's own: killed without warning, started again with nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from tests.servers import redis_server
from tests.servers.running import environment

PATIENCE_S = 30.0


class Forgetful:
    """Knows how the server was started, and can do it again at the same address."""

    def __init__(self, url: str, pid: int) -> None:
        self.url, self._pid = url, pid
        process = Path(f"/proc/{pid}")
        self._folder = (process / "cwd").resolve()
        self._program, self._account = (process / "exe").resolve(), process.stat()
        with redis.Redis.from_url(url) as connection:
            told = connection.config_get("*")
        self._options = ["--port", told["port"], "--bind", "127.0.0.1", "--save", ""]
        self._options += ["--appendonly", "no", "--dir", str(self._folder)]
        self._again: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        """Whatever it had is gone."""
        os.kill(self._pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)

    def start(self) -> None:
        self._again = subprocess.Popen(
            [self._program, *self._options],
            cwd=self._folder,
            env=environment(self._folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._account.st_uid if os.getuid() == 0 else None,
            group=self._account.st_gid if os.getuid() == 0 else None,
        )
        self._pid = self._again.pid
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < deadline, "the server does not come back"
            time.sleep(0.05)

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as connection:
            connection.flushall()

    def end(self) -> None:
        if self._again is not None:
            self._again.kill()
            self._again.wait()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=5) as connection:
                return bool(connection.ping())
        except redis.RedisError:
            return False


@contextmanager
def forgetful_redis() -> Iterator[Forgetful]:
    with redis_server(own=True) as running:
        assert running.pid is not None
        server = Forgetful(running.url, running.pid)
        try:
            yield server
        finally:
            server.end()
