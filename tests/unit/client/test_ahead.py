"""The next page is asked for while the one before it is read, and never more than that one."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from canvas.client import Page
from canvas.errors import ConnectionLostError, ContractError
from tests.unit.client.canned import (
    BASE,
    COURSES,
    JSON,
    TOKEN,
    Script,
    Step,
    breaks,
    client_of,
    ids,
    page,
    says,
    walked,
)

LAST = 9


def url_of(number: int) -> str:
    return f"{BASE}{COURSES}?page=bookmark:{number}&per_page=100"


def endless(request: httpx.Request) -> httpx.Response:
    """Page after page, each with one record that bears its number."""
    number = int(request.url.params.get("page", "bookmark:1").removeprefix("bookmark:"))
    return page({"id": number}, following=url_of(number + 1) if number < LAST else None)(request)


async def settled() -> None:
    """Until everybody waits for somebody else."""
    for _ in range(100):
        await asyncio.sleep(0)


class Watched(httpx.AsyncByteStream):
    """A body of which is told when it is read."""

    def __init__(self, body: bytes, read: Callable[[], None]) -> None:
        self.body, self.read = body, read

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.read()
        yield self.body


async def test_the_next_page_is_asked_for_before_the_body_of_this_one_is_read() -> None:
    order: list[str] = []

    def step(number: int, following: str | None) -> Step:
        def answer(request: httpx.Request) -> httpx.Response:
            order.append(f"asked for {number}")
            link = f'<{BASE}/x>; rel="current"' + (
                f',<{following}>; rel="next"' if following else ""
            )
            body = Watched(b'[{"id":%d}]' % number, lambda: order.append(f"read {number}"))
            return httpx.Response(200, headers={"content-type": JSON, "link": link}, stream=body)

        return answer

    await walked(Script(step(1, url_of(2)), step(2, None)))
    assert order.index("asked for 2") < order.index("read 1")


async def test_only_one_page_waits_for_whoever_takes_them_slowly() -> None:
    script = Script(endless)
    async with client_of(script) as client:
        taken = 0
        async for _ in client.walk(COURSES, source="sections"):
            taken += 1
            await settled()
            assert len(script.requests) <= taken + 1
    assert taken == LAST == len(script.requests)


async def test_pages_that_were_taken_are_not_kept() -> None:
    """Not even until the collector comes by, which it seldom does while a course is synced."""
    gc.collect()
    gc.disable()
    try:
        async with client_of(Script(endless)) as client:
            async for one in client.walk(COURSES, source="sections"):
                alive = sum(isinstance(found, Page) for found in gc.get_objects())
                assert alive <= 3, one.number
    finally:
        gc.enable()


async def test_a_walk_that_is_left_asks_for_nothing_more() -> None:
    script = Script(endless)
    async with client_of(script) as client:
        async for _ in client.walk(COURSES, source="sections"):
            break
        await settled()
    before = len(script.requests)
    await settled()
    assert before == len(script.requests) <= 2
    assert len(asyncio.all_tasks()) == 1


async def test_a_page_that_must_be_asked_for_again_may_lead_elsewhere() -> None:
    cut = says('[{"id":1}', headers={"link": f'<{url_of(2)}>; rel="next"'})
    script = Script(cut, page({"id": 2}), page({"id": 1}, following=url_of(3)), page({"id": 3}))
    assert ids(await walked(script)) == [b'{"id": 1}', b'{"id": 3}']


async def test_a_page_that_could_not_be_had_ahead_is_an_error_when_it_is_wanted() -> None:
    script = Script(page({"id": 1}, following=url_of(2)), breaks(httpx.ReadError("gone")))
    async with client_of(script, max_attempts=2) as client:
        pages = aiter(client.walk(COURSES, source="sections"))
        assert ids([await anext(pages)]) == [b'{"id": 1}']
        with pytest.raises(ConnectionLostError, match="broke off"):
            await anext(pages)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.com/api/v1/courses/101/sections",
        f"{BASE}{COURSES}?access_token={TOKEN}",
        f"{BASE}{COURSES}?per_page=100",
    ],
    ids=["foreign", "with the token", "a circle"],
)
async def test_a_link_that_must_not_be_followed_is_not_followed_ahead_either(link: str) -> None:
    script = Script(page({"id": 1}, following=link), says(json.dumps([])))
    with pytest.raises(ContractError):
        await walked(script)
    assert len(script.requests) == 1
