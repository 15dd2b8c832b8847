"""R30: 2xx only after an event is committed; without a database, 503."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import psycopg
import pytest

from simulator import Canvas
from sync.crashpoints import CRASH_POINTS
from tests.acceptance.conftest import NewMirror
from tests.acceptance.intake import Inbox
from tests.web import Web

# Crash point → what is stored of an event whose request was killed there.
PLACES = {"webhook.before_commit": 0, "webhook.after_commit": 1}


@pytest.fixture(scope="module")
def inbox(still_canvas: Canvas, new_mirror: NewMirror) -> Inbox:
    return Inbox.of(still_canvas, new_mirror(still_canvas.url, "postgres"))


def post_until_answered(inbox: Inbox, web: Web, body: bytes) -> int:
    """As Canvas does: again until somebody answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return inbox.post(web, body).status_code
        except httpx.TransportError:
            assert time.monotonic() < deadline, web.said()
            time.sleep(0.1)


def test_r30_every_place_around_the_commit_is_tried() -> None:
    assert {name for name in CRASH_POINTS if name.startswith("webhook.")} == set(PLACES)


@pytest.mark.parametrize(("place", "kept"), PLACES.items())
def test_r30_an_event_whose_request_is_killed_was_not_taken_and_comes_again(
    inbox: Inbox, tmp_path: Path, place: str, kept: int
) -> None:
    inbox.empty()
    with inbox.web(tmp_path / "web.log", CRASH_AT=f"{place}:2") as web:
        assert inbox.post(web, inbox.key.sign(inbox.event("first"))).status_code == 204
        killed = inbox.key.sign(inbox.event("second"))
        with pytest.raises(httpx.TransportError):
            inbox.post(web, killed)
        assert inbox.stored() == [("first", 0), ("second", 0)][: 1 + kept]
        assert post_until_answered(inbox, web, killed) == 204
    assert inbox.stored() == [("first", 0), ("second", kept)]


def test_r30_without_a_database_an_event_must_come_again(inbox: Inbox, tmp_path: Path) -> None:
    inbox.empty()
    body = inbox.key.sign(inbox.event())
    server, _, name = inbox.mirror.database_url.rpartition("/")
    with (
        inbox.web(tmp_path / "web.log") as web,
        psycopg.connect(f"{server}/postgres", autocommit=True) as admin,
    ):
        assert inbox.post(web, body).status_code == 204
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        admin.execute(ended, [name])
        for again in (body, inbox.key.sign(inbox.event("second"))):
            answer = inbox.post(web, again)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
        assert inbox.post(web, body).status_code == 204
    assert inbox.stored() == [("grade_change", 1)]
    assert "Traceback" not in (tmp_path / "web.log").read_text()
