"""S1 for the worker: the token is in no message, no result, no key of Redis and no log."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror
from tests.acceptance.secrecy import CANARY, command_line, keyspace, leaks, stored
from tests.acceptance.test_worker import Workshop, start_worker
from tests.servers import redis_server


class Eavesdropper:
    """Hears every command any client gives to a Redis, with its arguments."""

    def __init__(self, url: str) -> None:
        self.heard: list[str] = []
        self._connection = redis.Redis.from_url(url)
        self._monitor = self._connection.monitor()  # type: ignore[no-untyped-call]
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Eavesdropper:
        self._monitor.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.echo("the end")
        self._thread.join(timeout=10)
        self._connection.close()

    def _listen(self) -> None:
        for command in self._monitor.listen():
            self.heard.append(command["command"])
            if "the end" in command["command"]:
                return


@pytest.fixture(params=["from the environment", "stored"])
def mirror(
    request: pytest.FixtureRequest, still_canvas: Canvas, new_mirror: NewMirror, broker: str
) -> Mirror:
    made = new_mirror(still_canvas.url, "postgres")
    made.token = CANARY
    made.environment |= {"CANVAS_TOKEN": CANARY, "LOG_LEVEL": "DEBUG", "REDIS_URL": broker}
    connected = made.manage("connect", "default", "--url", still_canvas.url)
    assert connected.code == 0, connected.stderr
    if request.param == "stored":
        del made.environment["CANVAS_URL"], made.environment["CANVAS_TOKEN"]
    return made


@pytest.fixture
def broker() -> Iterator[str]:
    with redis_server(own=True) as running:
        yield running.url


@contextmanager
def worker(mirror: Mirror, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        running = start_worker(mirror, output)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=30)


def test_s1_a_worker_shows_the_token_nowhere(
    mirror: Mirror, still_canvas: Canvas, broker: str, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    workshop = Workshop(canvas=still_canvas, mirror=mirror, log=log)
    with Eavesdropper(broker) as eavesdropper, worker(mirror, log) as running:
        waiting = workshop.queue(999)  # fails: there is no such course
        assert workshop.shown(workshop.queue(102))["state"] == "succeeded"
        assert workshop.shown(waiting)["state"] == "failed"
        seen = {"command line": command_line(running), **keyspace(broker)}
    seen |= {"commands": "\n".join(eavesdropper.heard), "log": log.read_bytes()}
    assert "sync_course" in str(seen["commands"])
    assert b"request." in log.read_bytes()
    assert leaks(seen | stored(mirror), CANARY) == []
