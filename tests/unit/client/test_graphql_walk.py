"""Connections read page by page, with the patience and the rules of any other walk."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from canvas.client import Page
from canvas.client.page import Gap
from canvas.errors import AnswerTimeoutError, CanvasDownError, CanvasError, ContractError
from tests.unit.client.canned import BASE, HTML, TOKEN, Script, client_of, ids, says, throttled

QUERY = """query ($first: Int, $after: String, $course: ID!) {
  course(id: $course) { work(first: $first, after: $after) {
    nodes { id } pageInfo { hasNextPage endCursor } } } }"""
COMPLEX = {"errors": [{"message": "Query has complexity of 9, which exceeds max complexity of 8"}]}
Answers = Callable[[httpx.Request], httpx.Response]


def connection(*rows: Any, cursor: str | None = None) -> dict[str, Any]:
    paging = {"hasNextPage": cursor is not None, "endCursor": cursor}
    nodes = [{"id": row} for row in rows]
    return {"data": {"course": {"work": {"nodes": nodes, "pageInfo": paging}}}}


def canvas_of(rows: int, *, bears: int = 100) -> Script:
    """A Canvas that finds pages of more than `bears` records too complex."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)["variables"]
        start, size = int(asked["after"] or 0), asked["first"]
        if size > bears:
            return says(json.dumps(COMPLEX))(request)
        end = min(start + size, rows)
        found = connection(*range(start, end), cursor=str(end) if end < rows else None)
        return says(json.dumps(found))(request)

    return Script(answer)


def canned(*answers: dict[str, Any]) -> Script:
    return Script(*(says(json.dumps(answer)) for answer in answers))


async def walked(script: Script, *, query: str = QUERY, **options: Any) -> list[Page]:
    asked: dict[str, Any] = {"variables": {"course": "101"}, "connection": ("course", "work")}
    async with client_of(script, **options) as client:
        walk = client.graphql(query, source="work", **asked)
        return [page async for page in walk]


def asked(script: Script) -> list[tuple[int, str | None]]:
    sent = [json.loads(request.content)["variables"] for request in script.requests]
    return [(one["first"], one["after"]) for one in sent]


async def test_every_page_is_posted_with_the_cursor_of_the_one_before() -> None:
    script = canvas_of(250)
    pages = await walked(script)
    assert asked(script) == [(100, None), (100, "100"), (100, "200")]
    assert ids(pages) == [b'{"id": %d}' % number for number in range(250)]
    assert [page.number for page in pages] == [1, 2, 3]


async def test_a_query_goes_to_one_address_with_the_token_and_its_variables() -> None:
    script = canvas_of(1)
    await walked(script)
    [request] = script.requests
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/api/graphql")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content)["variables"]["course"] == "101"


async def test_a_page_without_a_next_one_proves_the_end() -> None:
    pages = await walked(canvas_of(200))
    assert pages[0].completeness is None
    assert pages[-1].completeness is not None
    assert (pages[-1].completeness.proven, pages[-1].completeness.records) == (True, 200)


async def test_what_is_too_complex_is_asked_for_in_smaller_pages_from_the_same_place() -> None:
    script = canvas_of(120, bears=30)
    pages = await walked(script)
    assert [size for size, _ in asked(script)] == [100, 50, 25, 25, 25, 25, 25]
    assert len({*ids(pages)}) == len(ids(pages)) == 120


async def test_what_stays_too_complex_ends_the_walk() -> None:
    script = canvas_of(120, bears=5)
    with pytest.raises(AnswerTimeoutError, match="too much at once"):
        await walked(script, max_attempts=2)
    assert [size for size, _ in asked(script)] == [100, 50, 25, 12, 10, 10]


async def test_rejections_and_trouble_are_outlived() -> None:
    trouble = says("<html>", status=502, content_type=HTML)
    script = Script(throttled(), says('{"data": {"cou'), trouble, *canvas_of(60).steps)
    assert len(ids(await walked(script))) == 60
    assert asked(script)[2:4] == [(100, None), (50, None)]


async def test_trouble_without_end_is_given_up() -> None:
    with pytest.raises(CanvasDownError):
        await walked(Script(says("<html>", content_type=HTML)), max_attempts=3)


async def test_a_cursor_that_comes_back_is_a_circle() -> None:
    script = canned(connection(1, cursor="a"), connection(2, cursor="b"), connection(3, cursor="a"))
    with pytest.raises(ContractError, match="circle"):
        await walked(script)


async def test_a_page_that_repeats_itself_is_seen_under_another_cursor() -> None:
    script = canned(connection(1, 2, cursor="a"), connection(1, 2, cursor="b"))
    with pytest.raises(ContractError, match="repeat"):
        await walked(script)


async def test_a_row_that_moved_leaves_the_list_unproven() -> None:
    pages = await walked(canned(connection(1, 2, cursor="a"), connection(2, 3)))
    assert pages[-1].completeness is not None
    assert pages[-1].completeness.gap is Gap.ROWS_MOVED


async def test_records_without_an_id_are_refused() -> None:
    nameless = {"nodes": [{"_id": "1"}], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    with pytest.raises(ContractError, match="no id to know them by"):
        await walked(canned({"data": {"course": {"work": nameless}}}))


@pytest.mark.parametrize("body", ["[]", '{"data":{"course":{"work":[]}}}', '{"a":1}'])
async def test_an_answer_of_another_shape_says_of_which_source(body: str) -> None:
    with pytest.raises(CanvasError) as caught:
        await walked(Script(says(body)))
    assert caught.value.source == "work"


async def test_a_mutation_is_never_sent() -> None:
    script = canvas_of(1)
    with pytest.raises(ContractError, match=r"was not sent.*\(work\)"):
        await walked(script, query=QUERY.replace("query", "mutation"))
    assert script.requests == []
