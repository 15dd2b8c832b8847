"""The web server as production runs it, in processes of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from management.web import APPLICATION, web_command
from tests.command import ROOT, clean_environment
from tests.servers.running import free_port

_READY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """A running web server. `log` is the file with all it said."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def workers(self) -> list[int]:
        """The processes that answer."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        children = [int(pid) for pid in told.split()]
        return [pid for pid in children if b"resource_tracker" not in _command_line(pid)]


@contextmanager
def web_server(
    log: Path, *, workers: int = 1, application: str = APPLICATION, **environment: str
) -> Iterator[Web]:
    """Ready when it is handed out, gone afterwards."""
    port = free_port()
    with log.open("ab") as output:
        process = subprocess.Popen(
            web_command(host="127.0.0.1", port=port, workers=workers, application=application),
            cwd=ROOT,
            env=clean_environment(**{"ALLOWED_HOSTS": "*", "DEBUG": "1"} | environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    web = Web(port=port, process=process, log=log)
    try:
        _await_ready(web)
        yield web
    finally:
        _stop(web)


def _await_ready(web: Web) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        assert web.process.poll() is None, web.said()
        try:
            assert httpx.get(f"{web.url}/healthz", trust_env=False).status_code == 200
            return
        except httpx.TransportError:
            assert time.monotonic() < deadline, web.said()
            time.sleep(0.05)


def _stop(web: Web) -> None:
    web.process.send_signal(signal.SIGTERM)
    try:
        web.process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(web.process.pid, signal.SIGKILL)
        web.process.wait(5)


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b"resource_tracker"  # it has ended meanwhile


def memory_bytes(pid: int) -> int:
    """The most a process ever had in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the process has ended")


def raw(port: int) -> socket.socket:
    """A connection on which a test says what it likes."""
    return socket.create_connection(("127.0.0.1", port), timeout=20)
