"""How often a request is sent, and how long it waits in between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from canvas.client import Limits, Timeouts
from canvas.client.retrying import retry_after_s
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    CanvasError,
    ConfigError,
    ConnectionLostError,
    ContractError,
    ForbiddenError,
    GoneError,
    ThrottledError,
)
from tests.unit.client.canned import (
    HTML,
    JSON,
    Chunks,
    Clock,
    Script,
    Step,
    breaks,
    client_of,
    fetched,
    page,
    says,
    throttled,
)


def cut(_: httpx.Request) -> httpx.Response:
    stream = Chunks(b'[{"id":', error=httpx.RemoteProtocolError("incomplete body"))
    return httpx.Response(200, headers={"content-type": JSON}, stream=stream)


PASSING: dict[str, Step] = {
    "500": says(b"{}", status=500),
    "502 page": says("<html>", status=502, content_type=HTML),
    "503 page": says("<html>", status=503, content_type=HTML),
    "504 page": says("<html>", status=504, content_type=HTML),
    "login page": says("<html>", content_type=HTML),
    "half JSON": says('[{"id":1},{"id'),
    "empty body": says(""),
    "cut body": cut,
    "refused": breaks(httpx.ConnectError("refused")),
    "reset": breaks(httpx.ReadError("reset")),
    "no answer": breaks(httpx.ReadTimeout("slow")),
    "no connection": breaks(httpx.ConnectTimeout("slow")),
}
LASTING: dict[str, tuple[Step, type[CanvasError]]] = {
    "400": (says(b"{}", status=400), ContractError),
    "401 with header": (
        says(b"{}", status=401, headers={"www-authenticate": "Bearer"}),
        AccessRevokedError,
    ),
    "401 without": (says(b"{}", status=401), ForbiddenError),
    "403": (says(b"{}", status=403), ForbiddenError),
    "404": (says(b"{}", status=404), GoneError),
    "418": (says(b"{}", status=418), ContractError),
    "redirect": (says(b"", status=302, headers={"location": "https://evil.com"}), ConfigError),
    "object for a list": (says(b"{}"), ContractError),
}


@pytest.mark.parametrize("case", PASSING)
async def test_a_passing_trouble_is_outlived(case: str) -> None:
    script = Script(PASSING[case], PASSING[case], page({"id": 1}))
    assert len((await fetched(script)).records) == 1
    assert len(script.requests) == 3


@pytest.mark.parametrize("case", PASSING)
async def test_a_trouble_that_stays_is_raised_after_the_last_attempt(case: str) -> None:
    script = Script(PASSING[case])
    with pytest.raises((CanvasDownError, ConnectionLostError)) as caught:
        await fetched(script, max_attempts=3)
    assert len(script.requests) == 3
    assert (caught.value.source, caught.value.course) == ("sections", 101)


@pytest.mark.parametrize("case", LASTING)
async def test_a_clear_refusal_is_asked_for_once(case: str) -> None:
    step, expected = LASTING[case]
    script = Script(step)
    with pytest.raises(expected):
        await fetched(script)
    assert len(script.requests) == 1


async def test_waits_between_attempts_grow() -> None:
    clock = Clock()
    with pytest.raises(CanvasDownError):
        await fetched(Script(PASSING["500"]), clock=clock)
    assert clock.slept == sorted(clock.slept)
    assert len(clock.slept) == 4
    assert 7.5 <= sum(clock.slept) <= 9.5


async def test_a_wait_that_canvas_asks_for_is_kept() -> None:
    clock = Clock()
    busy = says("<html>", status=503, content_type=HTML, headers={"retry-after": "77"})
    await fetched(Script(busy, page()), clock=clock)
    assert clock.slept == [77.0]


async def test_a_wait_longer_than_a_run_may_sleep_ends_it_with_the_seconds() -> None:
    busy = says("<html>", status=503, content_type=HTML, headers={"retry-after": "7200"})
    script = Script(busy)
    with pytest.raises(CanvasDownError) as caught:
        await fetched(script)
    assert (caught.value.retry_after_s, len(script.requests)) == (7200.0, 1)


@pytest.mark.parametrize("status", [403, 429])
async def test_throttling_spends_no_attempts(status: int) -> None:
    script = Script(*[throttled(status)] * 9, page({"id": 1}))
    async with client_of(script, max_attempts=1) as client:
        assert len((await client.fetch("/api/v1/courses", source="x")).records) == 1
    assert client.stats.throttle_rejections == 9
    assert client.stats.retries == 0
    assert client.stats.throttle_wait_s >= 9 * 5


async def test_throttling_that_never_ends_is_given_up() -> None:
    clock = Clock()
    with pytest.raises(ThrottledError):
        await fetched(Script(throttled()), clock=clock, limits=Limits(throttle_patience_s=600))
    assert 600 <= sum(clock.slept) <= 620


async def test_a_throttle_that_asks_for_more_than_our_patience_is_given_up_at_once() -> None:
    script = Script(says("", status=429, content_type=HTML, headers={"retry-after": "3600"}))
    with pytest.raises(ThrottledError) as caught:
        await fetched(script)
    assert (caught.value.retry_after_s, len(script.requests)) == (3600.0, 1)


async def test_troubles_and_throttling_may_alternate() -> None:
    script = Script(throttled(), PASSING["500"], throttled(403), PASSING["cut body"], page())
    async with client_of(script, max_attempts=3) as client:
        await client.fetch("/api/v1/courses", source="x")
    assert (client.stats.requests, client.stats.retries) == (5, 2)


async def test_a_drip_that_never_ends_is_cut_at_the_total_deadline() -> None:
    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0.01)
                yield b" "

    answer = httpx.Response(200, headers={"content-type": "application/json"}, stream=Drip())
    with pytest.raises(ConnectionLostError, match="in time"):
        await fetched(Script(lambda _: answer), timeouts=Timeouts(total_s=0.05), max_attempts=1)


async def test_the_error_of_the_wire_stays_readable_as_the_cause() -> None:
    with pytest.raises(ConnectionLostError) as caught:
        await fetched(Script(PASSING["reset"]), max_attempts=1)
    assert isinstance(caught.value.__cause__, httpx.ReadError)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("1.5", 1.5), ("-3", 0.0), ("", None), ("soon", None), ("nan", None)],
)
def test_retry_after_in_seconds(value: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": value}) == seconds


def test_retry_after_as_a_date_is_read_by_the_clock_of_canvas() -> None:
    sent = {
        "date": "Tue, 01 Sep 2020 10:00:00 GMT",
        "retry-after": "Tue, 01 Sep 2020 10:01:30 GMT",
    }
    assert retry_after_s(sent) == 90.0


def test_retry_after_as_a_date_without_a_clock_is_read_by_ours() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=60)
    found = retry_after_s({"retry-after": soon.strftime("%a, %d %b %Y %H:%M:%S GMT")})
    assert found is not None
    assert 50 < found <= 60
