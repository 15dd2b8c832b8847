"""R36: what is too large, compressed, slow or too deep ends in 4xx, and costs little memory."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator

import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.intake import Inbox
from tests.web import Web, memory_bytes, raw

MIB = 1024**2
LIMIT = MIB
CLIENTS = 300
HELD_BYTES = 64 * MIB  # as management.front has it
# What one process of the web server may add to what it had: its large bodies, and what hundreds of
# connections take. All that the clients send is three times of it.
MOST_MORE = HELD_BYTES + 32 * MIB


@pytest.fixture(scope="module")
def inbox(still_canvas: Canvas, new_mirror: NewMirror) -> Inbox:
    mirror = new_mirror(still_canvas.url, "postgres")
    return Inbox.of(still_canvas, mirror, "--unsigned-events")


@pytest.fixture(scope="module")
def web(inbox: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    log = tmp_path_factory.mktemp("web") / "web.log"
    hasty = "tests.acceptance.hasty_front:application"
    with inbox.web(log, application=hasty, WEBHOOK_MAX_BODY_KIB=str(LIMIT // 1024)) as running:
        assert inbox.post(running, inbox.key.sign(inbox.event())).status_code == 204
        yield running


Open = Callable[..., socket.socket]


@pytest.fixture
def open_post(inbox: Inbox, web: Web) -> Iterator[Open]:
    """Begins a POST with these headers and whatever of the body is given."""
    with contextlib.ExitStack() as lines:

        def begin(*headers: str, body: bytes = b"") -> socket.socket:
            line = lines.enter_context(raw(web.port))
            head = "\r\n".join((f"POST {inbox.path} HTTP/1.1", "Host: x", *headers))
            line.sendall(f"{head}\r\n\r\n".encode() + body)
            return line

        yield begin


def status(line: socket.socket) -> int:
    """What is answered; 0 when the connection just ended."""
    answer = b""
    with contextlib.suppress(ConnectionError):
        while b"\r\n" not in answer and (part := line.recv(4096)):
            answer += part
    return int(answer.split(b" ", 2)[1]) if answer else 0


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def test_r36_a_body_that_says_it_is_too_large_is_not_waited_for(open_post: Open) -> None:
    assert status(open_post(f"Content-Length: {LIMIT + 1}")) == 413
    assert status(open_post("Content-Length: 99999999999999")) == 413
    assert status(open_post("Content-Length: 99999999999999", "Expect: 100-continue")) == 413


def test_r36_a_body_without_a_length_is_read_to_the_limit(open_post: Open, web: Web) -> None:
    [pid] = web.workers()
    before = memory_bytes(pid)
    line = open_post("Transfer-Encoding: chunked")
    with contextlib.suppress(ConnectionError):
        for _ in range(64):
            line.sendall(chunk(b" " * MIB))
    assert status(line) in (413, 0)  # 0: it was cut off while it went on sending
    line = open_post("Transfer-Encoding: chunked", body=chunk(b" " * (LIMIT + 1)))
    assert status(line) == 413
    assert memory_bytes(pid) - before < 16 * MIB


@pytest.mark.parametrize("turned", [False, True], ids=["length first", "chunked first"])
def test_r36_a_body_that_has_a_length_and_comes_in_chunks_is_bounded(
    open_post: Open, web: Web, turned: bool
) -> None:
    """A length that is not the body's hides it from whoever counts."""
    [pid] = web.workers()
    before = memory_bytes(pid)
    headers = ["Content-Length: 1", "Transfer-Encoding: chunked"]
    line = open_post(*(reversed(headers) if turned else headers))
    with contextlib.suppress(ConnectionError):
        for _ in range(64):
            line.sendall(chunk(b" " * MIB))
    assert status(line) in (400, 413, 0)
    assert memory_bytes(pid) - before < 16 * MIB


def test_r36_a_small_body_in_chunks_is_taken(open_post: Open, inbox: Inbox) -> None:
    body = inbox.key.sign(inbox.event("in_chunks"))
    parts = chunk(body[:100]) + chunk(body[100:]) + b"0\r\n\r\n"
    assert status(open_post("Transfer-Encoding: chunked", body=parts)) == 204


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
def test_r36_a_compressed_body_is_refused(open_post: Open, encoding: str) -> None:
    headers = (f"Content-Encoding: {encoding}", "Content-Length: 4")
    assert status(open_post(*headers, body=b"\x1f\x8b\x08\x00")) == 415


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"metadata":{"event_name":"x"},"body":['])
def test_r36_a_deep_body_is_refused(
    open_post: Open, inbox: Inbox, web: Web, opening: bytes
) -> None:
    deep = opening + b"[" * (LIMIT - len(opening))
    assert status(open_post(f"Content-Length: {LIMIT}", body=deep)) == 400
    closed = json.dumps(inbox.event(body={"a": json.loads("[" * 500 + "]" * 500)})).encode()
    for body in (closed, inbox.key.sign(json.loads(closed))):
        assert inbox.post(web, body).status_code == 400


def test_r36_hundreds_of_slow_clients_end_and_nobody_waits_for_them(
    open_post: Open, inbox: Inbox, web: Web
) -> None:
    [pid] = web.workers()
    before = memory_bytes(pid)
    slow = [open_post(f"Content-Length: {LIMIT}") for _ in range(CLIENTS)]
    for line in slow:
        with contextlib.suppress(ConnectionError):  # those beyond the bound are cut off
            line.sendall(b"x" * (LIMIT - 1))
    drip = open_post("Content-Length: 1000", body=b"{")
    silent = open_post("Transfer-Encoding: chunked")
    for nth in range(10):
        with contextlib.suppress(ConnectionError):  # it may have been cut off by now
            drip.sendall(b" ")
        told = inbox.key.sign(inbox.event(f"meanwhile_{nth}"))
        assert inbox.post(web, told).status_code == 204
    told_slow = [status(line) for line in (*slow, drip, silent)]
    assert set(told_slow[:-2]) <= {408, 503, 0}  # 503: more than it would hold at once
    assert told_slow.count(408) >= HELD_BYTES // LIMIT
    assert told_slow[-2] == 408
    assert memory_bytes(pid) - before < MOST_MORE
    assert told_slow.count(408) < CLIENTS  # else that was no proof
    assert ("meanwhile_9", 0) in inbox.stored()
    assert inbox.post(web, inbox.key.sign(inbox.event("after"))).status_code == 204
