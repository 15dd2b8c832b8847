"""Walking a listing by its links."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from canvas.client import Limits
from canvas.errors import ContractError, GoneError
from tests.unit.client.canned import (
    BASE,
    COURSES,
    JSON,
    TOKEN,
    Script,
    client_of,
    fetched,
    ids,
    page,
    says,
    walked,
)

SECOND = f"{BASE}{COURSES}?page=bookmark:2&per_page=100"
THIRD = f"{BASE}{COURSES}?page=bookmark:3&per_page=100"


async def test_every_page_is_read_in_order() -> None:
    script = Script(page(1, following=SECOND), page(2, following=THIRD), page(3))
    pages = await walked(script)
    assert ids(pages) == [b"1", b"2", b"3"]
    assert [page.number for page in pages] == [1, 2, 3]
    assert [str(request.url) for request in script.requests[1:]] == [SECOND, THIRD]


async def test_links_in_two_headers_are_read_as_one() -> None:
    def first(request: httpx.Request) -> httpx.Response:
        links = [("link", f'<{SECOND}>; rel="next"'), ("LINK", f'<{request.url}>; rel="current"')]
        kind = ("content-type", JSON)
        return httpx.Response(200, headers=[kind, *links], content=b'[{"id": 1}]')

    pages = await walked(Script(first, page(2)))
    assert ids(pages) == [b'{"id": 1}', b"2"]
    assert [page.keys for page in pages] == [[1], [None]]


async def test_short_and_empty_pages_do_not_end_it() -> None:
    script = Script(page(following=SECOND), page(following=THIRD), page(3))
    assert ids(await walked(script)) == [b"3"]


async def test_a_hundred_are_asked_for_unless_said_otherwise() -> None:
    script = Script(page())
    async with client_of(script) as client:
        async for _ in client.walk(COURSES, source="x"):
            pass
        async for _ in client.walk(COURSES, params=[("per_page", "25")], source="x"):
            pass
    assert [request.url.params["per_page"] for request in script.requests] == ["100", "25"]


async def test_repeated_parameters_are_sent_as_given() -> None:
    script = Script(page())
    async with client_of(script) as client:
        await client.fetch(COURSES, params=[("state[]", "active"), ("state[]", "x y")], source="x")
    assert script.requests[0].url.params.get_list("state[]") == ["active", "x y"]


async def test_a_walk_goes_on_where_an_earlier_one_stopped() -> None:
    script = Script(page(2, following=THIRD), page(3))
    async with client_of(script) as client:
        found = [page async for page in client.walk(COURSES, source="x", start_url=SECOND)]
    assert ids(found) == [b"2", b"3"]
    assert str(script.requests[0].url) == SECOND


@pytest.mark.parametrize(
    "link",
    ["https://evil.com/x", "//evil.com/x", f"{BASE}:8443/x", "https://school.example.edu@evil.com"],
)
async def test_a_foreign_next_link_gets_no_request(link: str) -> None:
    script = Script(page(1, following=link))
    with pytest.raises(ContractError, match="leads away"):
        await walked(script)
    assert [request.url.host for request in script.requests] == ["school.example.edu"]


async def test_a_foreign_start_gets_no_request() -> None:
    script = Script(page())
    async with client_of(script) as client:
        with pytest.raises(ContractError):
            await anext(aiter(client.walk(COURSES, source="x", start_url="https://evil.com/x")))
    assert script.requests == []


async def test_a_start_kept_with_http_is_lifted_to_https() -> None:
    script = Script(page())
    start = SECOND.replace("https", "http")
    async with client_of(script) as client:
        await anext(aiter(client.walk(COURSES, source="x", start_url=start)))
    assert str(script.requests[0].url) == SECOND


async def test_an_http_link_to_our_host_is_followed_by_https() -> None:
    script = Script(page(1, following=SECOND.replace("https", "http")), page(2))
    await walked(script)
    assert script.requests[1].url.scheme == "https"


async def test_links_in_a_circle_end_with_an_error() -> None:
    script = Script(page(1, following=SECOND), page(2, following=THIRD), page(3, following=SECOND))
    with pytest.raises(ContractError, match="circle"):
        await walked(script)
    assert len(script.requests) == 3


async def test_a_page_that_names_itself_next_ends_with_an_error() -> None:
    script = Script(page(1, following=SECOND), page(2, following=SECOND))
    with pytest.raises(ContractError, match="circle"):
        await walked(script)


async def test_more_pages_than_could_be_end_with_an_error() -> None:
    endless = Script(*[page(n, following=f"{BASE}{COURSES}?page={n}") for n in range(20)])
    with pytest.raises(ContractError, match="more than 5 pages"):
        await walked(endless, limits=Limits(max_pages=5))
    assert len(endless.requests) == 5


async def test_a_full_last_page_of_a_long_query_may_be_cut() -> None:
    script = Script(page(*range(100)))
    ids_asked = [("student_ids[]", str(number)) for number in range(500)]
    async with client_of(script) as client:
        with pytest.raises(ContractError, match="may be cut"):
            await anext(aiter(client.walk(COURSES, params=ids_asked, source="x")))


async def test_a_refusal_in_the_middle_says_where() -> None:
    gone = says(b'{"errors":[{"message":"no"}]}', status=404)
    with pytest.raises(GoneError) as caught:
        await walked(Script(page(1, following=SECOND), gone))
    assert "sections, course 101, HTTP 404" in str(caught.value)


async def test_a_page_knows_the_clock_of_canvas() -> None:
    step = says("[1]", headers={"date": "Tue, 15 Sep 2026 08:00:00 GMT"})
    found = await fetched(Script(step))
    assert found.asked_at is not None
    before = datetime(2026, 9, 15, 8, tzinfo=UTC) - found.asked_at  # it was asked, then answered
    assert timedelta(0) <= before < timedelta(minutes=1)
    assert (found.path, found.body_bytes, found.ends_proven) == (COURSES, 3, False)


async def test_one_object_has_no_next_page() -> None:
    script = Script(says('{"id":101}', headers={"link": f'<{SECOND}>; rel="next"'}))
    async with client_of(script) as client:
        found = await client.fetch("/api/v1/courses/101", source="courses", listing=False)
    assert (ids([found]), found.next_url) == ([b'{"id":101}'], None)


async def test_cookies_are_not_kept() -> None:
    script = Script(
        says("[1]", headers={"set-cookie": "s=1; Path=/", "link": f'<{SECOND}>; rel="next"'}),
        page(2),
    )
    await walked(script)
    assert "cookie" not in script.requests[1].headers


async def test_every_request_says_who_asks() -> None:
    script = Script(page(1, following=SECOND), page(2))
    await walked(script)
    sent = [request.headers for request in script.requests]
    assert {headers["authorization"] for headers in sent} == {f"Bearer {TOKEN}"}
    assert all(headers["user-agent"].startswith("canvas-mirror/") for headers in sent)


@pytest.mark.parametrize("spelled", [TOKEN, TOKEN.replace("~", "%7E")])
async def test_a_link_that_holds_the_token_is_not_handed_out(spelled: str) -> None:
    script = Script(page(1, following=f"{SECOND}&x={spelled}"))
    with pytest.raises(ContractError, match="holds the access token"):
        await walked(script)
    assert len(script.requests) == 1
