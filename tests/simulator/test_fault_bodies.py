"""Faults of pages, records and encodings: what each changes, and what it leaves as it was."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import tracemalloc
import zlib
from typing import Any

import pytest

from simulator import Canvas
from simulator.faults.encoding import gzip_bomb
from simulator.reply import Reply
from tests.simulator.browser import Answer, Browser
from tests.simulator.conftest import Starter

PATH = "/api/v1/courses/101/enrollments"
LIST = f"{PATH}?per_page=5"
COUNTED = "/api/v1/courses/101/assignments"
STYLES = pytest.mark.parametrize("path", [PATH, COUNTED])


@pytest.fixture
def canvas(fresh: Starter) -> Canvas:
    return fresh()


def ids(answer: Answer) -> list[int]:
    return [row["id"] for row in answer.json]


def walked(canvas: Canvas, path: str, *, most: int = 9) -> list[Answer]:
    """The pages as their links lead, no more than `most` of them."""
    pages = Browser(canvas).pages(f"{path}?per_page=3")
    return [page for _, page in zip(range(most), pages, strict=False)]


@STYLES
def test_a_page_repeats_itself_under_another_link(canvas: Canvas, path: str) -> None:
    undisturbed = [ids(page) for page in walked(canvas, path)]
    canvas.faults.add("repeated_page", path, page=2)
    pages = walked(canvas, path)
    assert [ids(page) for page in pages] == undisturbed[:2] + undisturbed[1:]
    assert pages[1].links["next"] != pages[1].links["current"]


@STYLES
def test_a_page_can_repeat_itself_for_ever_under_ever_new_links(canvas: Canvas, path: str) -> None:
    canvas.faults.add("repeated_page", path, page=2, times=None)
    pages = walked(canvas, path)
    assert len({*map(tuple, map(ids, pages))}) == 2
    assert len({page.links["next"] for page in pages}) == len(pages) == 9


@STYLES
def test_a_lost_bookmark_is_silently_the_first_page(canvas: Canvas, path: str) -> None:
    undisturbed = walked(canvas, path)
    canvas.faults.add("bookmark_reset", path, page=2)
    pages = walked(canvas, path)
    assert [ids(page) for page in pages[:3]] == [ids(undisturbed[n]) for n in (0, 1, 0)]
    assert ids(pages[3]) == ids(undisturbed[1])
    assert pages[2].links["next"] != pages[0].links["next"]


@pytest.mark.parametrize(("kind", "left"), [("short_page", 1), ("empty_middle", 0)])
def test_records_can_be_filtered_after_the_paging(canvas: Canvas, kind: str, left: int) -> None:
    undisturbed = walked(canvas, PATH)
    canvas.faults.add(kind, PATH, page=2)
    pages = walked(canvas, PATH)
    assert ids(pages[1]) == ids(undisturbed[1])[:left]
    assert [page.links for page in pages] == [page.links for page in undisturbed]


def test_brotli_comes_without_being_asked_for(canvas: Canvas) -> None:
    canvas.faults.add("br_encoding", path=PATH)
    answer = Browser(canvas).get(LIST, Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "br"


def test_a_gzip_stream_can_lack_its_proof_only(canvas: Canvas) -> None:
    whole = Browser(canvas).get(LIST).json
    canvas.faults.add("cut_gzip_trailer", path=PATH)
    body = Browser(canvas).get(LIST).body
    with pytest.raises(EOFError):
        gzip.decompress(body)
    assert json.loads(zlib.decompressobj(31).decompress(body)) == whole


def test_a_bomb_of_200_megabytes_takes_no_such_memory() -> None:
    tracemalloc.start()
    try:
        bomb = gzip_bomb(Reply(), {"megabytes": 200}).body
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * 1024**2
    reader, size = zlib.decompressobj(31), 0
    while not reader.eof:
        size += len(reader.decompress(bomb, 1024**2))
        bomb = reader.unconsumed_tail
    assert size > 200 * 1024**2


def test_a_length_can_be_too_short(canvas: Canvas) -> None:
    whole = Browser(canvas).get(LIST).body
    canvas.faults.add("content_length_short", path=PATH)
    assert Browser(canvas).get(LIST).body == whole[: len(whole) // 2]


def test_headers_can_come_a_byte_at_a_time(canvas: Canvas) -> None:
    canvas.faults.add("drip_headers", path=PATH, interval_s=0.05)
    with socket.create_connection(("127.0.0.1", canvas.port), timeout=2) as raw:
        raw.sendall(f"GET {LIST} HTTP/1.1\r\nHost: x\r\nUser-Agent: t\r\n\r\n".encode())
        assert len(raw.recv(8)) == 8
        assert [len(raw.recv(4096)) for _ in range(3)] == [1, 1, 1]


def test_a_session_prefix_stands_before_the_list(canvas: Canvas) -> None:
    canvas.faults.add("session_prefix", path=PATH)
    text = Browser(canvas).get(LIST).text
    assert len(json.loads(text.removeprefix("while(1);"))) == 5
    assert text.startswith("while(1);[")


def test_a_redirect_leads_where_it_is_told(canvas: Canvas) -> None:
    canvas.faults.add("redirect", path=PATH, location="https://elsewhere.example/")
    answer = Browser(canvas).get(LIST)
    assert (answer.headers["Location"], answer.body) == ("https://elsewhere.example/", b"")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("nul_record", r'"a\u0000b"'),
        ("nan_record", "NaN"),
        ("huge_int_record", "18446744073709551616"),
        ("surrogate_record", r'"a\ud800b"'),
    ],
)
def test_one_record_is_odd_and_its_siblings_are_not(canvas: Canvas, kind: str, text: str) -> None:
    whole = Browser(canvas).get(LIST).json
    canvas.faults.add(kind, path=PATH, field="type", index=1)
    answer = Browser(canvas).get(LIST)
    assert f'"type": {text}' in answer.text
    found: list[dict[str, Any]] = answer.json
    assert [row["id"] for row in found] == [row["id"] for row in whole]
    assert found[:1] + found[2:] == whole[:1] + whole[2:]


def test_graphql_can_answer_a_part_with_errors(canvas: Canvas) -> None:
    canvas.faults.add("graphql_errors", path="/api/graphql")
    query = "{ course(id: 101) { sectionsConnection { nodes { id } } } }"
    sent = {"Content_Type": "application/json"}
    hit, then = (
        Browser(canvas).send("POST", "/api/graphql", {"query": query}, **sent) for _ in range(2)
    )
    assert (hit.status, hit.json["errors"][0]["path"]) == (200, ["course"])
    sections = [
        answer.json["data"]["course"]["sectionsConnection"]["nodes"] for answer in (hit, then)
    ]
    assert sections[0] == sections[1][: len(sections[1]) // 2]


def test_other_faults_hit_graphql_as_any_path(canvas: Canvas) -> None:
    canvas.faults.add("cut_body", path="/api/graphql")
    with pytest.raises(http.client.IncompleteRead):
        Browser(canvas).send("POST", "/api/graphql", {}, Content_Type="application/json")
