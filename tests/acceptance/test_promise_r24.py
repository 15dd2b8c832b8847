"""R24: two beats, and one that is restarted ten times, run each due sync once; a day of downtime is
one catch-up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.daemon import Daemon, daemon
from tests.acceptance.driver import Mirror
from tests.servers import redis_server

COURSES = (101, 102, 103)
RUNS = (
    "SELECT course, count(*), count(*) FILTER (WHERE state IN ('succeeded', 'partial')) "
    "FROM sync_run GROUP BY course ORDER BY course"
)


@pytest.fixture
def mirror(still_canvas: Canvas, new_mirror: NewMirror) -> Iterator[Mirror]:
    """A Canvas that was just connected, and a broker."""
    mirror = new_mirror(still_canvas.url, "postgres")
    connected = mirror.manage("connect", "default", "--url", still_canvas.url)
    assert connected.code == 0, connected.stderr
    for name in ("CANVAS_URL", "CANVAS_TOKEN"):
        del mirror.environment[name]
    with redis_server(own=True) as broker:
        mirror.environment |= {"REDIS_URL": broker.url, "TICK_SECONDS": "1", "LOG_LEVEL": "DEBUG"}
        yield mirror


def runs(mirror: Mirror) -> list[tuple[int, int, int]]:
    """Course, runs, and how many of them came to their end."""
    return [(course, all_, ended) for course, all_, ended in mirror.sql(RUNS)]


def each(times: int) -> list[tuple[int, int, int]]:
    return [(course, times, times) for course in COURSES]


def make_due(mirror: Mirror, ago: str) -> None:
    """As if every course had been due so long ago."""
    with psycopg.connect(mirror.database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE sync_syncschedule SET next_at = now() - %s::interval WHERE course IS NOT NULL",
            [ago],
        )


def are_synced_once(daemon: Daemon, times: int) -> None:
    """Each course was, and however often the schedule is looked at afterwards, no more."""
    daemon.wait(lambda: runs(daemon.mirror) == each(times))
    daemon.wait_for_ticks(3)
    assert runs(daemon.mirror) == each(times)


def test_r24_each_due_sync_runs_once_however_many_beats_there_are(
    mirror: Mirror, tmp_path: Path
) -> None:
    with daemon(mirror, tmp_path / "log") as running:
        running.worker(children=2)
        beats = [running.beat(), running.beat()]
        are_synced_once(running, 1)  # what the list of the account brought
        make_due(mirror, "1 second")
        running.restarted_beat(10)
        are_synced_once(running, 2)
        running.end(*beats)
        make_due(mirror, "1 day")
        running.beat()
        are_synced_once(running, 3)
    said = running.log.read_text()
    assert "Traceback" not in said
