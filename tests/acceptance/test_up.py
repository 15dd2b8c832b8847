"""`manage.py up`: the daemon of one machine, from a newcomer's first start to its end."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import urllib.error
import urllib.request
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.daemons import Daemon, daemon
from tests.acceptance.driver import TOKEN, Mirror

NODES = ("-Q realtime ", "-Q scheduled,bulk,realtime ", "workers beat ", "granian")
SERVER = "valkey-server"
COURSES = {101, 102, 103}


def synced(mirror: Mirror) -> set[int]:
    """The courses that a run has read to its end."""
    runs = mirror.sql("SELECT course FROM sync_run WHERE state = 'succeeded'")
    return {course for (course,) in runs}


def change(canvas: str) -> None:
    """Let the simulated Canvas change something, and tell of it by a signed event."""
    request = urllib.request.Request(
        f"{canvas}/_simulator/mutate",
        data=json.dumps({"op": "demo"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["resources"]


def time_at(canvas: str) -> dt.datetime:
    """What Canvas says that it is, with its refusal of who has no token."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{canvas}/api/v1/users/self", timeout=30)
    return parsedate_to_datetime(refused.value.headers["Date"])


def comes_back(running: Daemon, words: str) -> None:
    """Kill the oldest process with these words; another takes its place, and all is ready."""
    before = running.find(words)
    os.kill(min(before), signal.SIGKILL)
    running.until(lambda: (now := running.find(words)) and not now & before)
    running.until(running.is_ready)


def test_a_newcomer_gets_a_daemon_that_mends_itself_and_ends(
    new_mirror: NewMirror, tmp_path: Path
) -> None:
    mirror = new_mirror("http://127.0.0.1:9")
    with daemon(tmp_path, DATABASE_URL=mirror.database_url) as running:
        said = running.document()
        assert (said["state"], said["simulated"]) == ("up", True)
        assert [one["name"] for one in said["integrations"]] == ["simulator"]
        assert running.ask("/healthz") == (200, b"ok")
        running.until(running.is_ready)
        assert mirror.sql("SELECT count(*) FROM sync_syncschedule WHERE course IS NULL") == [(1,)]
        running.until(lambda: synced(mirror) >= COURSES)
        canvas = said["integrations"][0]["canvas"]
        lag = dt.datetime.now(dt.UTC) - time_at(canvas)
        assert lag < dt.timedelta(hours=1), "it lives now, or all of it seems old"
        change(canvas)
        running.until(lambda: mirror.sql("SELECT 1 FROM sync_webhookevent"))
        assert all(running.find(words) for words in (*NODES, SERVER, "simulate_canvas"))
        comes_back(running, SERVER)
        comes_back(running, "granian")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=60) == 0, running.log.read_text()
        assert running.processes() == {}
    assert "Traceback" not in running.log.read_text()


def test_a_daemon_of_a_real_canvas_leaves_nothing_when_it_is_killed(
    still_canvas: Canvas, new_mirror: NewMirror, redis_url: str, tmp_path: Path
) -> None:
    mirror = new_mirror(still_canvas.url)
    environment = mirror.environment | {"REDIS_URL": redis_url}
    with daemon(tmp_path, **environment) as running:
        said = running.document()
        assert not said["simulated"]
        assert [one["name"] for one in said["integrations"]] == ["default"]
        assert not running.find(SERVER)  # there is one
        assert not running.find("simulate_canvas")
        running.process.kill()
        with suppress(AssertionError):
            running.until(lambda: not running.processes())
        assert running.processes() == {}
    assert TOKEN not in running.log.read_text()


def test_a_port_that_is_taken_is_named(new_mirror: NewMirror) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = new_mirror("http://127.0.0.1:9").manage("up", "--port", str(port))
    assert done.code == 75
    assert len(done.complaints) == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--no-simulator"], "no Canvas is known yet"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1"),
        (["--workers", "0"], "'0' is no whole number from 1 to 64"),
        (["--port", "x"], "'x' is no whole number from 1 to 65535"),
        (["--simulator", "--no-simulator"], "not allowed with"),
    ],
)
def test_what_cannot_be_started_is_said_in_one_line(
    words: list[str], said: str, new_mirror: NewMirror
) -> None:
    mirror = new_mirror("http://127.0.0.1:9")
    del mirror.environment["CANVAS_URL"]
    done = mirror.manage("up", *words)
    assert (done.code, len(done.complaints)) == (2, 1), done.stderr
    assert said in done.stderr


def test_simulated_rows_do_not_go_where_those_of_a_real_canvas_are(
    still_canvas: Canvas, new_mirror: NewMirror
) -> None:
    mirror = new_mirror(still_canvas.url)
    assert mirror.manage("connect", "school", "--url", still_canvas.url).code == 0
    done = mirror.manage("up", "--simulator", CANVAS_URL=None)
    assert (done.code, len(done.complaints)) == (2, 1)
    assert f"this database mirrors {still_canvas.url}" in done.stderr
