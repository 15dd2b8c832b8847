"""Each fault happens where it was planned, and nowhere else."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import zlib

import pytest

from simulator import Canvas
from simulator.faults import KINDS
from tests.simulator.browser import Browser
from tests.simulator.conftest import Starter

PATH = "/api/v1/courses/101/enrollments"
LIST = f"{PATH}?per_page=5"
PLAIN = {
    "http_429": (429, "text/plain"),
    "retry_after": (429, "text/plain"),
    "http_403_throttle": (403, "text/plain"),
    "http_500": (500, "application/json"),
    "http_502_html": (502, "text/html"),
    "http_503_html": (503, "text/html"),
    "http_504_html": (504, "text/html"),
    "html_200": (200, "text/html"),
    "not_a_list": (200, "application/json"),
    "unauthorized_401": (401, "application/json"),
    "permission_401": (401, "application/json"),
    "forbidden_403": (403, "application/json"),
    "not_found_404": (404, "application/json"),
    "tab_disabled_404": (404, "application/json"),
    "wrong_type": (200, "application/octet-stream"),
    "teapot": (418, "application/json"),
    "redirect": (302, "text/html"),
}
ELSEWHERE = {
    *("cut_body", "half_json", "half_gzip", "empty_list", "hang", "slow_drip", "reset"),
    *("foreign_next", "next_loop", "lost_next", "gzip_bomb", "duplicate_row", "drop_key"),
    "bad_record",
}
IN_BODIES = {  # tests/simulator/test_fault_bodies.py
    *("repeated_page", "bookmark_reset", "short_page", "empty_middle", "session_prefix"),
    *("br_encoding", "cut_gzip_trailer", "content_length_short", "drip_headers"),
    *("nul_record", "nan_record", "huge_int_record", "surrogate_record", "graphql_errors"),
}


@pytest.fixture
def canvas(fresh: Starter) -> Canvas:
    return fresh()


def test_every_kind_of_fault_is_tested() -> None:
    assert KINDS.keys() == PLAIN.keys() | ELSEWHERE | IN_BODIES


@pytest.mark.parametrize("kind", PLAIN)
def test_an_answer_is_replaced_once(kind: str, canvas: Canvas) -> None:
    canvas.faults.add(kind, path=PATH)
    hit, then = Browser(canvas).get(LIST), Browser(canvas).get(LIST)
    status, content_type = PLAIN[kind]
    assert (hit.status, hit.headers["Content-Type"].split(";")[0]) == (status, content_type)
    assert ("WWW-Authenticate" in hit.headers) == (kind == "unauthorized_401")
    assert ("Retry-After" in hit.headers) == (kind == "retry_after")
    assert (then.status, len(then.json)) == (200, 5)


def test_a_fault_can_wait_for_a_page_in_both_styles(canvas: Canvas) -> None:
    canvas.faults.add("http_500", path=PATH, page=2)
    canvas.faults.add("http_502_html", path="sections", page=1)
    statuses = [page.status for page in Browser(canvas).pages(LIST)]
    assert statuses == [200, 500]
    assert Browser(canvas).get("/api/v1/courses/101/sections?page=2").status == 200
    assert Browser(canvas).get("/api/v1/courses/101/sections").status == 502


def test_a_fault_can_wait_for_the_nth_request_and_repeat(canvas: Canvas) -> None:
    canvas.faults.add("http_500", path=r"courses/\d+/enroll", nth=2, times=2)
    statuses = [Browser(canvas).get(LIST).status for _ in range(4)]
    assert statuses == [200, 500, 500, 200]


def test_an_unknown_kind_is_refused(canvas: Canvas) -> None:
    with pytest.raises(ValueError, match="there are: bad_record"):
        canvas.faults.add("earthquake")


def test_a_cut_body_ends_before_its_length(canvas: Canvas) -> None:
    canvas.faults.add("cut_body", path=PATH)
    with pytest.raises(http.client.IncompleteRead):
        Browser(canvas).get(LIST)


def test_half_json_has_its_full_length(canvas: Canvas) -> None:
    canvas.faults.add("half_json", path=PATH)
    answer = Browser(canvas).get(LIST)
    assert len(answer.body) == int(answer.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        _ = answer.json


def test_half_gzip_arrives_whole_and_does_not_unpack(canvas: Canvas) -> None:
    canvas.faults.add("half_gzip", path=PATH)
    answer = Browser(canvas).get(LIST)
    with pytest.raises(EOFError):
        gzip.decompress(answer.body)


def test_a_gzip_bomb_is_small_until_unpacked(canvas: Canvas) -> None:
    canvas.faults.add("gzip_bomb", path=PATH, megabytes=16)
    answer = Browser(canvas).get(LIST)
    assert len(answer.body) < 100_000
    assert len(zlib.decompress(answer.body, 31)) > 16 * 1024 * 1024


@pytest.mark.parametrize("keep", [False, True])
def test_an_empty_list_has_links_only_if_kept(keep: bool, canvas: Canvas) -> None:
    canvas.faults.add("empty_list", path=PATH, keep_links=keep)
    answer = Browser(canvas).get(LIST)
    assert (answer.status, answer.json) == (200, [])
    assert ("next" in answer.links) == keep


def test_hanging_never_answers(canvas: Canvas) -> None:
    canvas.faults.add("hang", path=PATH)
    browser = Browser(canvas)
    browser.connection.timeout = 0.2
    with pytest.raises(TimeoutError):
        browser.get(LIST)


def test_a_slow_drip_gives_a_byte_at_a_time(canvas: Canvas) -> None:
    canvas.faults.add("slow_drip", path=PATH, interval_s=0.05)
    with socket.create_connection(("127.0.0.1", canvas.port), timeout=2) as raw:
        raw.sendall(f"GET {LIST} HTTP/1.1\r\nHost: x\r\nUser-Agent: t\r\n\r\n".encode())
        raw.recv(65_536)
        assert [len(raw.recv(4096)) for _ in range(3)] == [1, 1, 1]


def test_a_reset_is_a_reset(canvas: Canvas) -> None:
    canvas.faults.add("reset", path=PATH)
    with pytest.raises(ConnectionResetError):
        Browser(canvas).get(LIST)


def test_next_can_lead_astray(canvas: Canvas) -> None:
    for kind in ("foreign_next", "next_loop", "lost_next"):
        canvas.faults.add(kind, path=PATH)
    foreign, loop, lost = (Browser(canvas).get(LIST).links for _ in range(3))
    assert foreign["next"].startswith(f"http://evil.invalid{PATH}?")
    assert loop["next"] == loop["current"]
    assert "next" not in lost


def test_a_row_can_come_twice(canvas: Canvas) -> None:
    canvas.faults.add("duplicate_row", path=PATH, index=1)
    ids = [row["id"] for row in Browser(canvas).get(LIST).json]
    assert len(ids) == 6
    assert ids.count(ids[1]) == 2


def test_a_key_can_be_missing_from_every_record(canvas: Canvas) -> None:
    canvas.faults.add("drop_key", path=PATH, key="user.login_id")
    rows = Browser(canvas).get(LIST).json
    assert len(rows) == 5
    assert not any("login_id" in row["user"] for row in rows)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2**64, "18446744073709551616"),
        (float("nan"), "NaN"),
        ("\ud800", r'"\ud800"'),
        ("a\x00b", r'"a\u0000b"'),
        ([], "[]"),
    ],
)
def test_a_record_can_hold_anything(value: object, text: str, canvas: Canvas) -> None:
    canvas.faults.add("bad_record", path=PATH, fields={"total_activity_time": value})
    assert f'"total_activity_time": {text}' in Browser(canvas).get(LIST).text
    canvas.faults.add("bad_record", path=PATH, record=value, index=2)
    assert text in Browser(canvas).get(LIST).text


def test_faults_inside_an_object_body_hit_its_list(canvas: Canvas) -> None:
    canvas.faults.add("duplicate_row", path="terms")
    terms = Browser(canvas).get("/api/v1/accounts/1/terms").json["enrollment_terms"]
    assert len(terms) == 4


def test_the_log_names_the_fault(canvas: Canvas) -> None:
    canvas.faults.add("lost_next", path=PATH)
    Browser(canvas).get(LIST)
    assert canvas.requests[-1].fault == "lost_next"
