"""The client for bulk reading: pages by opaque links, with the waiting and repeating they need.

Reads only, and only from one origin. Knows nothing of tables, runs or what a record means.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import httpx
import structlog
from tenacity import RetryCallState

from canvas.client.auth import TokenAuth
from canvas.client.auth import user_agent as default_user_agent
from canvas.client.budget import Budget
from canvas.client.failures import located
from canvas.client.origin import Origin, parse_base_url
from canvas.client.page import Page
from canvas.client.paths import template_of
from canvas.client.redaction import quiet_wire_logs
from canvas.client.retrying import retrying
from canvas.client.stats import SharedWait, Stats
from canvas.client.wire import Call, Timeouts, Wire
from canvas.errors import ContractError, ThrottledError

log = structlog.get_logger(__name__)

PAGE_SIZE: Final = 100  # the most Canvas gives; more is cut to this in silence (canvas-api 2.1)
LONG_QUERY: Final = 2_000  # characters; above it the Link header may lose rel=next

Params = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where patience ends. `throttle_patience_s`: per request, across all its rejections."""

    max_body_bytes: int = 32 * 1024**2
    max_pages: int = 20_000
    throttle_patience_s: float = 600.0


class CanvasClient:
    """One Canvas, one token. Use as an async context manager; safe for concurrent tasks.

    `fetch` and `walk` raise RetryableError when patience ran out, SkippableError when this
    resource cannot be read, FatalError when nothing can.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str,
        budget: Budget,
        allow_insecure: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        max_attempts: int = 5,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        user_agent: str | None = None,
    ) -> None:
        quiet_wire_logs()
        self.origin: Origin = parse_base_url(base_url, allow_insecure=allow_insecure)
        self.stats = Stats()
        self._budget = budget
        self._limits = limits or Limits()
        self._max_attempts, self._sleep = max_attempts, sleep
        self._throttled = SharedWait(self.stats, clock=clock)
        self._wire = Wire(
            self.origin,
            auth=TokenAuth(token, origin=self.origin),
            budget=budget,
            stats=self.stats,
            timeouts=timeouts or Timeouts(),
            max_body_bytes=self._limits.max_body_bytes,
            user_agent=user_agent or default_user_agent(),
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"CanvasClient({self.origin})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def fetch(
        self, path: str, *, params: Params = (), source: str, listing: bool = True
    ) -> Page:
        """One page of a listing, or with `listing=False` the one object at `path`.

        `path` is absolute (`/api/v1/…`); `params` are sent as given, repeated names included.
        """
        return await self._page(
            Call(url=self._url(path, params=params), source=source, listing=listing)
        )

    async def walk(
        self, path: str, *, params: Params = (), source: str, start_url: str | None = None
    ) -> AsyncIterator[Page]:
        """Every page of a listing, short and empty ones included, until none is named next.

        `start_url` is the `next_url` of an earlier page of the same walk, to go on from there.
        Raises ContractError when the links lead in a circle, further than `max_pages`, or may
        have lost the next one; the page that shows it is not handed out. Source: canvas-api 2.
        """
        with located(source=source, path=path):
            url = self._start(path, params=_with_page_size(params), start_url=start_url)
        seen: set[str] = set()
        for number in itertools.count(1):
            seen.add(str(url))
            page = await self._page(Call(url=url, source=source, listing=True, number=number))
            with located(source=source, path=path):
                self._check_walk(page, seen=seen, url=url)
            yield page
            if page.next_url is None:
                return
            url = httpx.URL(page.next_url)

    def _url(self, path: str, *, params: Params) -> httpx.URL:
        pairs = list(params)
        url = self.origin.url(path)
        return url.copy_with(params=pairs) if pairs else url

    def _start(self, path: str, *, params: Params, start_url: str | None) -> httpx.URL:
        if start_url is None:
            return self._url(path, params=params)
        return httpx.URL(self.origin.admit(start_url))

    def _check_walk(self, page: Page, *, seen: set[str], url: httpx.URL) -> None:
        if page.next_url is None:
            if len(page.records) >= PAGE_SIZE and len(url.query) > LONG_QUERY:
                raise ContractError(
                    cause="the listing may be cut: the query is too long for its links",
                    next_step="report this listing: its query must be made shorter",
                )
        elif page.next_url in seen:
            raise ContractError(cause="the pages of the listing lead in a circle")
        elif page.number >= self._limits.max_pages:
            raise ContractError(
                cause=f"the listing has more than {self._limits.max_pages} pages",
                next_step="see in Canvas whether the course is that large; report this listing",
            )

    async def _page(self, call: Call) -> Page:
        attempts = itertools.count(1)

        async def attempt() -> Page:
            return await self._patiently(call, attempt=next(attempts))

        loop = retrying(
            max_attempts=self._max_attempts,
            sleep=self._sleep,
            before_wait=lambda state: self._note_retry(call, state=state),
        )
        with located(source=call.source, path=call.url.path):
            page: Page = await loop(attempt)
        return page

    async def _patiently(self, call: Call, *, attempt: int) -> Page:
        """Sits out rejections of the quota: they spend patience but no attempts."""
        waited_s = 0.0
        while True:
            try:
                return await self._wire.ask(call, attempt=attempt)
            except ThrottledError as rejection:
                asked_s = rejection.retry_after_s
                if waited_s + (asked_s or 0.0) >= self._limits.throttle_patience_s:
                    raise
            with self._throttled.wait():
                # At least a second is counted, so that a budget that never waits cannot loop on.
                waited_s += max(1.0, await self._budget.throttled(retry_after_s=asked_s))

    def _note_retry(self, call: Call, *, state: RetryCallState) -> None:
        self.stats.retries += 1
        error = state.outcome.exception() if state.outcome else None
        log.debug(
            "request.retried",
            source=call.source,
            course=call.course,
            path=template_of(call.url.path),
            attempt=state.attempt_number,
            wait_s=round(state.upcoming_sleep, 2),
            error=getattr(error, "code", None),
            cause=getattr(error, "cause", None),
        )


def _with_page_size(params: Params) -> list[tuple[str, str]]:
    pairs = list(params)
    named = any(name == "per_page" for name, _ in pairs)
    return pairs if named else [*pairs, ("per_page", str(PAGE_SIZE))]
