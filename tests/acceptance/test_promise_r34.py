"""R34: unknown keys cause one question to one address; without a key server known keys go on."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.intake import Inbox
from tests.events import SigningKey, token
from tests.web import Web

A_MINUTE_AGO = (
    "UPDATE sync_webhookkeys SET tried_at = tried_at - interval '61 seconds',"
    " fetched_at = fetched_at - interval '61 seconds' RETURNING url"
)


@pytest.fixture
def school(new_mirror: NewMirror) -> Iterator[tuple[Inbox, ExitStack]]:
    """With a Canvas that can be ended."""
    with ExitStack() as ending:
        canvas: Canvas = ending.enter_context(start("tiny", ticks=lambda: 0.0, throttle=False))
        yield Inbox.of(canvas, new_mirror(canvas.url, "postgres")), ending


@pytest.fixture
def webs(school: tuple[Inbox, ExitStack], tmp_path: Path) -> Iterator[list[Web]]:
    """Two web servers that have nothing in common but the database."""
    with ExitStack() as running:
        logs = (tmp_path / "one.log", tmp_path / "two.log")
        yield [running.enter_context(school[0].web(log)) for log in logs]


def unknown(address: str) -> bytes:
    """Signed with a key nobody has, which it says is elsewhere."""
    header = {"alg": "RS256", "kid": secrets.token_hex(8), "jku": address, "x5u": address}
    return token(header, {"metadata": {"event_name": "x"}})


def test_r34_five_hundred_unknown_keys_are_one_question_and_known_keys_outlive_the_key_server(
    school: tuple[Inbox, ExitStack], webs: list[Web]
) -> None:
    inbox, canvas_ending = school
    canvas, known = inbox.canvas, inbox.key.sign(inbox.event())
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/jwks"
        assert [inbox.post(web, known).status_code for web in webs] == [204, 204]
        assert canvas.live_events.key_fetches == 1
        inbox.mirror.sql(A_MINUTE_AGO)
        with ThreadPoolExecutor(8) as many:
            posts = [(webs[nth % 2], unknown(address)) for nth in range(500)]
            told = list(many.map(lambda post: inbox.post(*post).status_code, posts))
        assert canvas.live_events.key_fetches == 2
        assert set(told) <= {401, 503}  # 503: while the one question was being asked
        assert told[-8:] == [401] * 8
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    canvas_ending.close()
    inbox.mirror.sql(A_MINUTE_AGO)
    for web in webs:
        assert inbox.post(web, unknown(address)).status_code == 503
        assert inbox.post(web, known).status_code == 204
    assert inbox.stored() == [("grade_change", 3)]


def test_r34_a_key_of_after_the_fetch_is_found_once_the_interval_is_over(
    school: tuple[Inbox, ExitStack], tmp_path: Path
) -> None:
    inbox, _ = school
    first = inbox.key.sign(inbox.event())
    with inbox.web(tmp_path / "web.log") as web:
        assert inbox.post(web, first).status_code == 204
        for _rotation in range(2):
            inbox.canvas.live_events.keys.rotate()
        late = inbox.key.sign(inbox.event("second"))
        assert inbox.post(web, late).status_code == 401
        inbox.mirror.sql(A_MINUTE_AGO)
        assert inbox.post(web, late).status_code == 204
        stolen = SigningKey(kid=inbox.key.kid).sign(inbox.event("third"))
        assert inbox.post(web, stolen).status_code == 401
    assert inbox.stored() == [("grade_change", 0), ("second", 0)]
