"""What the tests of the client share: a scripted Canvas, a clock that sleeps at once."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping

import httpx

from canvas.client import CanvasClient, Limits, LocalBudget, Page, Timeouts

BASE = "https://school.example.edu"
TOKEN = "7~canarytokencanarytoken"
COURSES = "/api/v1/courses/101/sections"
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

Step = Callable[[httpx.Request], httpx.Response]


class Clock:
    """Time that passes only by sleeping; remembers how long each sleep was."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.now + seconds
        await asyncio.sleep(0)  # as a real sleep does, it lets the others go first
        self.now = max(self.now, until)


class Script:
    """Answers the n-th request with the n-th step, the last one for ever; keeps the requests."""

    def __init__(self, *steps: Step) -> None:
        self.steps = steps
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        step = self.steps[min(len(self.requests), len(self.steps) - 1)]
        self.requests.append(request)
        return step(request)


class Chunks(httpx.AsyncByteStream):
    """A body that arrives in pieces, and may break off with an error."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self.pieces, self.error = pieces, error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.error:
            raise self.error


def says(
    body: bytes | str = b"[]",
    *,
    status: int = 200,
    content_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Step:
    content = body.encode() if isinstance(body, str) else body
    sent = {"content-type": content_type, **(headers or {})}
    return lambda _: httpx.Response(status, headers=sent, stream=Chunks(content))


def page(*records: object, following: str | None = None) -> Step:
    link = f'<{BASE}/api/v1/x?page=1>; rel="current"'
    if following:
        link += f',<{following}>; rel="next"'
    return says(json.dumps(records), headers={"link": link})


def breaks(error: Exception) -> Step:
    def step(_: httpx.Request) -> httpx.Response:
        raise error

    return step


def throttled(status: int = 429) -> Step:
    body = f"{status} Forbidden (Rate Limit Exceeded)"
    return says(body, status=status, content_type=TEXT)


def client_of(
    script: Script,
    *,
    clock: Clock | None = None,
    limits: Limits | None = None,
    max_attempts: int = 5,
    timeouts: Timeouts | None = None,
) -> CanvasClient:
    clock = clock or Clock()
    return CanvasClient(
        BASE,
        token=TOKEN,
        budget=LocalBudget(clock=clock, sleep=clock.sleep),
        transport=httpx.MockTransport(script),
        limits=limits,
        timeouts=timeouts,
        max_attempts=max_attempts,
        sleep=clock.sleep,
        clock=clock,
    )


async def fetched(script: Script, **options: object) -> Page:
    async with client_of(script, **options) as client:  # type: ignore[arg-type]
        return await client.fetch(COURSES, source="sections")


async def walked(script: Script, **options: object) -> list[Page]:
    async with client_of(script, **options) as client:  # type: ignore[arg-type]
        return [page async for page in client.walk(COURSES, source="sections")]


def ids(pages: list[Page]) -> list[bytes]:
    return [bytes(record) for page in pages for record in page.records]
