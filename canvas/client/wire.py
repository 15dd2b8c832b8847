"""One request and its answer: sent within a slot and a deadline, read under a bound, judged.

Never repeats and never waits for a second chance; that is the client's part.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import CookieJar
from typing import Final

import httpx
import structlog

from canvas.client.auth import TokenAuth
from canvas.client.body import read_body, read_start
from canvas.client.budget import Budget
from canvas.client.clock import CanvasClock
from canvas.client.failures import failure, translated
from canvas.client.links import admitted_next, proves_end
from canvas.client.origin import Origin
from canvas.client.page import Page, split
from canvas.client.paths import course_of, template_of
from canvas.client.policy import BODY_START_BYTES, Verdict, reply_of, verdict
from canvas.client.retrying import answered_at
from canvas.client.stats import Stats
from canvas.client.transport import no_cookies, shared_tls

log = structlog.get_logger(__name__)

IDLE_CONNECTION_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. `total_s` bounds one request from sending to its last byte, slow drips included.

    Source: canvas-api 7.5.
    """

    connect_s: float = 10.0
    read_s: float = 100.0
    total_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One page to fetch. `listing`: the answer is a list; otherwise it is one object."""

    url: httpx.URL
    source: str
    listing: bool
    number: int = 1

    @property
    def course(self) -> int | None:
        return course_of(self.url.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; of a refusal only the start of the body."""

    status: int
    headers: httpx.Headers
    body: bytes


class Wire:
    """An HTTP client that can reach one origin only, with no redirects, proxies or cookies."""

    def __init__(
        self,
        origin: Origin,
        *,
        auth: TokenAuth,
        budget: Budget,
        stats: Stats,
        timeouts: Timeouts,
        max_body_bytes: int,
        user_agent: str,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._origin, self._budget, self._stats = origin, budget, stats
        self._total_s, self._max_body_bytes = timeouts.total_s, max_body_bytes
        self._clock = CanvasClock()
        self._http = httpx.AsyncClient(
            auth=auth,
            headers={
                "User-Agent": user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
            timeout=httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s, pool=None),
            limits=httpx.Limits(keepalive_expiry=IDLE_CONNECTION_S),
            transport=transport,
            verify=shared_tls(),
            cookies=CookieJar(policy=no_cookies()),
            follow_redirects=False,
            trust_env=False,
        )

    async def ask(self, call: Call, *, attempt: int) -> Page:
        """The page. Raises the error of our tree that the policy names for any other answer."""
        async with self._budget.slot():
            started = time.monotonic()
            answer = await self._exchange(call)
        ended = time.monotonic()
        self._clock.set(answered_at(answer.headers), at_s=ended)
        seconds = ended - started
        reply = reply_of(answer.status, headers=answer.headers, body=answer.body)
        kind = verdict(reply)
        await self._account(answer, kind=kind)
        _log_answer(call, answer=answer, verdict=kind.name, attempt=attempt, seconds=seconds)
        if kind is not Verdict.OK:
            raise failure(kind, reply=reply, headers=answer.headers)
        return self._page(call, answer=answer, asked_at=self._clock.at(started))

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _exchange(self, call: Call) -> Answer:
        self._stats.requests += 1
        try:
            async with asyncio.timeout(self._total_s):
                async with self._http.stream("GET", call.url) as response:
                    return await self._read(response)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise translated(error) from error

    async def _read(self, response: httpx.Response) -> Answer:
        if response.status_code == httpx.codes.OK:
            body = await read_body(response, max_bytes=self._max_body_bytes)
        else:
            body = await read_start(response, max_bytes=BODY_START_BYTES)
        return Answer(status=response.status_code, headers=response.headers, body=body)

    async def _account(self, answer: Answer, *, kind: Verdict) -> None:
        self._stats.bytes += len(answer.body)
        if kind is Verdict.THROTTLE:
            self._stats.throttle_rejections += 1
            return
        await self._budget.observe(
            remaining=_number(answer.headers, "x-rate-limit-remaining"),
            cost=_number(answer.headers, "x-request-cost"),
        )

    def _page(self, call: Call, *, answer: Answer, asked_at: datetime | None) -> Page:
        headers = answer.headers
        following = (
            admitted_next(headers, origin=self._origin, seen_on=call.url) if call.listing else None
        )
        return Page(
            records=split(answer.body, listing=call.listing),
            next_url=following,
            number=call.number,
            status=answer.status,
            body_bytes=len(answer.body),
            date=answered_at(headers),
            asked_at=asked_at,
            path=call.url.path,
            proven_last=call.listing and proves_end(headers),
        )


def _number(headers: httpx.Headers, name: str) -> float | None:
    try:
        return float(headers[name])
    except (KeyError, ValueError):
        return None


def _log_answer(call: Call, *, answer: Answer, verdict: str, attempt: int, seconds: float) -> None:
    log.debug(
        "request.done",
        source=call.source,
        course=call.course,
        path=template_of(call.url.path),
        page=call.number,
        status=answer.status,
        verdict=verdict,
        attempt=attempt,
        seconds=round(seconds, 3),
        body_bytes=len(answer.body),
        cost=_number(answer.headers, "x-request-cost"),
        remaining=_number(answer.headers, "x-rate-limit-remaining"),
        request_context_id=answer.headers.get("x-request-context-id"),
    )
