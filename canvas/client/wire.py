"""One request and its answer: sent within a slot and a deadline, read under a bound, judged.

Never repeats and never waits for a second chance. Everything that leaves passes here, once: the
list of what may be asked, the origin, the budget.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import httpx

from canvas.client.allowed import refuse_unlisted
from canvas.client.auth import TokenAuth
from canvas.client.body import read_answer
from canvas.client.budget import Budget, Slot
from canvas.client.call import Answer, Call, Headers, Timeouts
from canvas.client.clock import CanvasClock
from canvas.client.closed import ClosedClient
from canvas.client.events import Sent
from canvas.client.failures import failure, translated
from canvas.client.origin import Origin
from canvas.client.policy import Reply, Verdict, reply_of, verdict
from canvas.client.quota import cost_of, remaining_of
from canvas.client.retrying import answered_at, retry_after_s
from canvas.client.stats import Stats
from canvas.errors import ContractError

SHORTEST_TOKEN: Final = 8  # shorter ones are in every link; no Canvas gives out such tokens
TakeToken = Callable[[], Awaitable[str]]


class Wire:
    """An HTTP client that can reach one origin only, with no redirects, proxies or cookies."""

    def __init__(
        self,
        origin: Origin,
        *,
        budget: Budget,
        stats: Stats,
        timeouts: Timeouts,
        max_body_bytes: int,
        user_agent: str,
        allow_private: bool,
        clock: Callable[[], float],
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._origin, self._budget, self._stats = origin, budget, stats
        self._total_s, self._max_body_bytes = timeouts.total_s, max_body_bytes
        self._ticks, self._clock = clock, CanvasClock()
        self._http = ClosedClient(
            headers={
                "User-Agent": user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
            timeout=httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s, pool=None),
            allow_private=allow_private,
            transport=transport,
        )

    async def ask(self, call: Call, *, take: TakeToken, attempt: int) -> Answer:
        """The answer if it is a good one, else the error of our tree that the policy names.

        `take` is asked for the token when it is the request's turn.
        """
        refuse_unlisted(call.method, call.url)
        async with self._budget.slot() as slot:
            token = await take()
            sent = Sent(call, attempt=attempt, waited_s=slot.waited_s, secret=token)
            self._stats.note_wait(
                queued_s=slot.waited_s, throttled_s=slot.throttled_s, ended_at=self._ticks()
            )
            try:
                answer = await self._exchange(call, token=token)
            except BaseException as error:
                sent.failed(error)
                raise
            answer = self._dated(answer, began=sent.began)
            kind = self._judged(answer, slot=slot, sent=sent, source=call.source)
        if kind is not Verdict.OK:
            raise failure(kind, reply=_reply(answer), headers=answer.headers)
        if _echoes(answer.headers, token=token):
            raise ContractError(
                cause="Canvas sent a link that holds the access token",
                next_step="see whether a proxy before Canvas puts it there, and replace the token",
            )
        return answer

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _exchange(self, call: Call, *, token: str) -> Answer:
        self._stats.note_request(call.source)
        auth = TokenAuth(token, origin=self._origin)
        kind = {"Content-Type": "application/json"} if call.body is not None else None
        try:
            async with asyncio.timeout(self._total_s):
                async with self._http.stream(
                    call.method, call.url, auth=auth, content=call.body, headers=kind
                ) as response:
                    headers = dict(response.headers.items())
                    if call.seen_head and _is_good(response.status_code, headers, token=token):
                        await call.seen_head(headers)
                    body = await read_answer(response, max_bytes=self._max_body_bytes)
                    return Answer(status=response.status_code, headers=headers, body=body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise translated(error) from error

    def _dated(self, answer: Answer, *, began: float) -> Answer:
        if not self._clock.is_set:
            self._clock.set(answered_at(answer.headers), at_s=time.monotonic())
        return replace(answer, asked_at=self._clock.at(began))

    def _judged(self, answer: Answer, *, slot: Slot, sent: Sent, source: str) -> Verdict:
        """What the answer means, told to all who count: the budget, the figures, the log."""
        kind = verdict(_reply(answer))
        remaining = remaining_of(answer.headers)
        cost = cost_of(answer.headers)
        if kind is Verdict.THROTTLE:
            self._stats.throttle_rejections += 1
            slot.rejected(retry_after_s=retry_after_s(answer.headers))
        else:
            slot.answered(remaining=remaining, cost=cost)
        self._stats.verdicts[kind.name.lower()] += 1
        self._stats.bytes += len(answer.body)
        self._stats.note_cost(source, cost or 0.0)
        sent.answered(answer, verdict=kind, cost=cost, remaining=remaining)
        return kind


def _is_good(status: int, headers: Headers, *, token: str) -> bool:
    """As far as its head tells."""
    return status == httpx.codes.OK and not _echoes(headers, token=token)


def _echoes(headers: Headers, *, token: str) -> bool:
    """Whether a link holds the token. Links are stored as they are, so none may."""
    links = headers.get("link", "")
    return len(token) >= SHORTEST_TOKEN and (token in links or token in _read(links))


@lru_cache(maxsize=16)
def _read(links: str) -> str:
    """Looked at twice: before somebody follows them, and before they are handed on."""
    return unquote(links)


def _reply(answer: Answer) -> Reply:
    return reply_of(answer.status, headers=answer.headers, body=answer.body)
