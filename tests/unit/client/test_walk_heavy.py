"""Listings that Canvas cannot bear in one piece, and what a walk proves."""

import json
from collections.abc import Callable

import httpx
import pytest

from canvas.client import CanvasClient, Page
from canvas.client.page import Gap
from canvas.errors import AnswerTimeoutError, CanvasDownError, ContractError
from tests.unit.client.canned import (
    BASE,
    COURSES,
    HTML,
    JSON,
    Clock,
    Script,
    breaks,
    client_of,
    says,
)

ROWS = [{"id": number, "comments": []} for number in range(1, 251)]
Answers = Callable[[httpx.Request], httpx.Response]


def bears(most: int, *, style: str, without: str = "", status: int = 504) -> Script:
    """A Canvas with 250 rows that gives up on pages of more than `most` rows."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        size, heavy = int(asked["per_page"]), without in asked.get_list("include[]")
        if size > most or heavy:
            return says("<html>", status=status, content_type=HTML)(request)
        start = place(asked.get("page", ""), size=size)
        return listed(request, start=start, size=size, style=style)

    return Script(answer)


def place(page: str, *, size: int) -> int:
    if page.startswith("bookmark:"):
        return int(page.removeprefix("bookmark:"))
    return (int(page or 1) - 1) * size


def listed(request: httpx.Request, *, start: int, size: int, style: str) -> httpx.Response:
    def at(row: int) -> str:
        page = f"bookmark:{row}" if style == "bookmarked" else str(row // size + 1)
        return str(request.url.copy_set_param("page", page))

    links = {"current": at(start)}
    if start + size < len(ROWS):
        links["next"] = at(start + size)
    if style == "ordinal":
        links["last"] = at((len(ROWS) - 1) // size * size)
    link = ",".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())
    body = json.dumps(ROWS[start : start + size]).encode()
    return httpx.Response(200, headers={"content-type": JSON, "link": link}, content=body)


async def walk(client: CanvasClient, **options: object) -> list[Page]:
    params = [("include[]", "a"), ("include[]", "b")]
    return [
        page
        async for page in client.walk(COURSES, params=params, source="sections", **options)  # type: ignore[arg-type]
    ]


def rows(pages: list[Page]) -> list[int]:
    return [json.loads(bytes(record))["id"] for page in pages for record in page.records]


@pytest.mark.parametrize("style", ["ordinal", "bookmarked"])
@pytest.mark.parametrize(("most", "size"), [(100, 100), (60, 50), (12, 12), (11, 10)])
async def test_pages_shrink_until_canvas_bears_them(style: str, most: int, size: int) -> None:
    async with client_of(bears(most, style=style)) as client:
        pages = await walk(client)
    assert rows(pages) == [row["id"] for row in ROWS]
    assert pages[-1].completeness is not None
    assert pages[-1].completeness.proven
    assert pages[-1].completeness.page_size == size


@pytest.mark.parametrize("style", ["ordinal", "bookmarked"])
async def test_a_page_that_becomes_too_heavy_in_the_middle_loses_and_repeats_nothing(
    style: str,
) -> None:
    calm, script = bears(100, style=style), bears(30, style=style)
    steps = iter([calm.steps[0], calm.steps[0]])
    first = Script(lambda request: next(steps, script.steps[0])(request))
    async with client_of(first) as client:
        pages = await walk(client)
    assert sorted(rows(pages)) == [row["id"] for row in ROWS]
    assert [key for page in pages for key in page.keys] == rows(pages)
    assert pages[-1].completeness is not None
    assert pages[-1].completeness.proven
    assert client.stats.pages_made_smaller == 2


async def test_keys_stay_with_their_records_where_a_page_was_handed_out_in_part() -> None:
    calm, script = bears(100, style="ordinal"), bears(12, style="ordinal")
    steps = iter([calm.steps[0]])
    async with client_of(Script(lambda r: next(steps, script.steps[0])(r))) as client:
        pages = await walk(client)
    assert any(0 < len(page.records) < 12 for page in pages[1:-1])
    assert [key for page in pages for key in page.keys] == rows(pages)


async def test_the_place_in_a_bookmarked_listing_is_kept() -> None:
    calm, script = bears(100, style="bookmarked"), bears(30, style="bookmarked")
    steps = iter([calm.steps[0], calm.steps[0]])
    first = Script(lambda request: next(steps, script.steps[0])(request))
    async with client_of(first) as client:
        await walk(client)
    places = [request.url.params.get("page") for request in first.requests]
    assert places[:6] == [None, *["bookmark:100"] * 1, *["bookmark:200"] * 3, "bookmark:225"]


async def test_optional_includes_go_last_and_are_reported() -> None:
    script = bears(100, style="bookmarked", without="b")
    async with client_of(script, max_attempts=2) as client:
        pages = await walk(client, optional=("b", "a"))
    assert pages[-1].completeness is not None
    assert pages[-1].completeness.dropped == ("b",)
    assert rows(pages) == [row["id"] for row in ROWS]
    assert client.stats.includes_dropped == 1
    assert script.requests[-1].url.params.get_list("include[]") == ["a"]


async def test_an_include_that_is_needed_is_never_dropped() -> None:
    script = bears(100, style="bookmarked", without="b")
    async with client_of(script, max_attempts=2) as client:
        with pytest.raises(CanvasDownError):
            await walk(client, optional=("a",))
    assert all("b" in r.url.params.get_list("include[]") for r in script.requests)


async def test_a_deadline_counts_as_too_heavy() -> None:
    script = Script(breaks(httpx.ReadTimeout("slow")))
    async with client_of(script, max_attempts=2) as client:
        with pytest.raises(AnswerTimeoutError):
            await walk(client)
    sizes = [request.url.params["per_page"] for request in script.requests]
    assert sizes == ["100", "50", "25", "12", "10", "10"]


async def test_the_next_listing_of_the_source_begins_with_what_was_learned() -> None:
    script = bears(30, style="ordinal")
    async with client_of(script) as client:
        await walk(client)
        asked = len(script.requests)
        await walk(client)
    assert script.requests[asked].url.params["per_page"] == "25"


async def test_a_server_error_is_not_a_matter_of_weight() -> None:
    script = bears(50, style="ordinal", status=500)
    async with client_of(script, max_attempts=3) as client:
        with pytest.raises(CanvasDownError):
            await walk(client)
    assert {request.url.params["per_page"] for request in script.requests} == {"100"}


def linked(records: list[object], *, following: str | None = None, last: str = "") -> Answers:
    link = f'<{BASE}{COURSES}?page=bookmark:1>; rel="current"'
    link += f',<{following}>; rel="next"' if following else ""
    link += f',<{last}>; rel="last"' if last else ""
    return says(json.dumps(records), headers={"link": link})


SECOND = f"{BASE}{COURSES}?page=bookmark:2&per_page=100"
THIRD = f"{BASE}{COURSES}?page=bookmark:3&per_page=100"


async def completeness(script: Script) -> tuple[Gap | None, int]:
    async with client_of(script) as client:
        pages = await walk(client)
    assert [page.completeness for page in pages[:-1]] == [None] * (len(pages) - 1)
    assert pages[-1].completeness is not None
    return pages[-1].completeness.gap, pages[-1].completeness.duplicates


async def test_a_record_that_comes_twice_proves_that_rows_moved() -> None:
    script = Script(linked([{"id": 1}, {"id": 2}], following=SECOND), linked([{"id": 2}]))
    assert await completeness(script) == (Gap.ROWS_MOVED, 1)


async def test_a_last_page_without_links_proves_nothing() -> None:
    script = Script(linked([{"id": 1}], following=SECOND), says('[{"id":2}]'))
    assert await completeness(script) == (Gap.LINKS_LOST, 0)


async def test_pages_that_repeat_themselves_end_with_an_error() -> None:
    same: list[object] = [{"id": 1}, {"id": 2}]
    fourth = THIRD.replace("3", "4")
    script = Script(*(linked(same, following=url) for url in (SECOND, THIRD, fourth)))
    async with client_of(script) as client:
        with pytest.raises(ContractError, match="repeat themselves"):
            await walk(client)
    assert len(script.requests) <= 4  # one was asked for ahead


async def test_one_page_of_records_that_were_there_before_may_be_rows_that_moved() -> None:
    same: list[object] = [{"id": 1}, {"id": 2}]
    script = Script(
        linked(same, following=SECOND), linked(same, following=THIRD), linked([{"id": 3}])
    )
    assert await completeness(script) == (Gap.ROWS_MOVED, 2)


async def test_an_empty_page_at_the_end_is_asked_for_again() -> None:
    script = Script(linked([{"id": 1}], following=SECOND), linked([]), linked([{"id": 2}]))
    assert await completeness(script) == (None, 0)


async def test_a_count_of_pages_that_ends_with_an_empty_one_proves_nothing() -> None:
    last = f"{BASE}{COURSES}?page=bookmark:1"
    script = Script(linked([{"id": 1}], following=SECOND), linked([], last=last))
    assert await completeness(script) == (Gap.ROWS_MOVED, 0)


async def test_an_old_canvas_that_gives_fewer_than_it_is_asked_for() -> None:
    failing = {3}

    def answer(request: httpx.Request) -> httpx.Response:
        if len(script.requests) in failing:
            return says("<html>", status=502, content_type=HTML)(request)
        url = request.url.copy_set_param("per_page", min(50, int(request.url.params["per_page"])))
        request = httpx.Request("GET", url)
        size = int(url.params["per_page"])
        start = place(url.params.get("page", ""), size=size)
        return listed(request, start=start, size=size, style="ordinal")

    script = Script(answer)
    async with client_of(script) as client:
        pages = await walk(client)
    assert sorted(rows(pages)) == [row["id"] for row in ROWS]
    assert pages[-1].completeness is not None
    assert (pages[-1].completeness.proven, pages[-1].completeness.page_size) == (True, 25)


async def test_a_short_outage_costs_no_include() -> None:
    calm, down = bears(100, style="bookmarked"), bears(1, style="bookmarked", status=502)
    steps = iter([down.steps[0]] * 7)
    script = Script(lambda request: next(steps, calm.steps[0])(request))
    async with client_of(script) as client:
        pages = await walk(client, optional=("b", "a"))
    assert pages[-1].completeness is not None
    assert pages[-1].completeness.dropped == ()
    assert rows(pages) == [row["id"] for row in ROWS]


async def test_a_wait_that_canvas_asks_for_is_kept_before_less_is_asked_for() -> None:
    clock = Clock()
    busy = says("<html>", status=502, content_type=HTML, headers={"retry-after": "40"})
    async with client_of(Script(busy, linked([{"id": 1}])), clock=clock) as client:
        await walk(client)
    assert clock.slept == [40.0]


async def test_a_full_page_without_a_next_one_is_asked_for_again() -> None:
    full: list[object] = [{"id": number} for number in range(100)]
    script = Script(linked(full), linked(full, following=SECOND), linked([{"id": 100}]))
    assert await completeness(script) == (None, 0)
    assert len(script.requests) == 3


async def test_a_full_page_that_twice_names_no_next_one_is_the_last() -> None:
    script = Script(linked([{"id": number} for number in range(100)]))
    assert await completeness(script) == (None, 0)
    assert len(script.requests) == 2


async def test_records_without_an_id_are_all_different() -> None:
    script = Script(linked([None, None, {"name": "x"}]))
    assert await completeness(script) == (None, 0)
