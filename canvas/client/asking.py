"""One request until it is answered: repeated after trouble, patient when throttled, renewed once.

What an answer means was decided by the policy; here is only what to do about it.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from copy import copy
from typing import Protocol, TypeVar

import structlog
from tenacity import RetryCallState

from canvas.client.auth import Token, TokenSource
from canvas.client.call import Answer, Call, Limits
from canvas.client.failures import located
from canvas.client.paths import template_of
from canvas.client.retrying import REPEATED, retrying
from canvas.client.stats import Stats
from canvas.errors import AccessRevokedError, RetryableError, ThrottledError

log = structlog.get_logger(__name__)

T = TypeVar("T")
Read = Callable[[Call, Answer], T]
Unless = Callable[[Exception], bool]


class Exchange(Protocol):
    """What carries one request and brings one answer, as `canvas.client.wire.Wire` does."""

    async def ask(
        self, call: Call, *, take: Callable[[], Awaitable[str]], attempt: int
    ) -> Answer: ...


class _Refusal(Exception):
    """Canvas refused this token; caught in here."""

    def __init__(self, error: AccessRevokedError, token: Token) -> None:
        super().__init__()
        self.error, self.token = error, token


class Asker:
    """Asks over one wire with one credential. Safe for concurrent tasks."""

    def __init__(
        self,
        wire: Exchange,
        *,
        tokens: TokenSource,
        stats: Stats,
        limits: Limits,
        max_attempts: int,
        sleep: Callable[[float], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._wire, self._tokens, self._stats = wire, tokens, stats
        self._patience_s, self._max_attempts = limits.throttle_patience_s, max_attempts
        self._sleep, self._clock = sleep, clock
        self._refused: AccessRevokedError | None = None

    async def ask(self, call: Call, *, read: Read[T], unless: Unless | None = None) -> T:
        """What `read` makes of the answer; a body it finds cut is asked for again.

        An error that `unless` is true of is raised at once: the caller knows a better request.
        """
        with located(source=call.source, path=call.url.path):
            try:
                return read(call, await self._patiently(call, attempt=1))
            except REPEATED as error:
                failed: list[RetryableError] = [error]
            return await self._repeated(call, read, failed=failed, unless=unless)

    async def _repeated(
        self, call: Call, read: Read[T], *, failed: list[RetryableError], unless: Unless | None
    ) -> T:
        """What comes after a first attempt, which `failed` has the error of: seldom anything."""
        attempts = itertools.count(1)

        async def attempt() -> T:
            number = next(attempts)
            if failed:
                raise failed.pop()  # and let go of it: it may hold half a page
            return read(call, await self._patiently(call, attempt=number))

        loop = retrying(
            max_attempts=self._max_attempts,
            sleep=self._sleep,
            before_wait=lambda state: self._note_retry(call, state=state),
            unless=unless,
        )
        answer: T = await loop(attempt)
        return answer

    async def _patiently(self, call: Call, *, attempt: int) -> Answer:
        """Sits out rejections of the quota, in the budget: they spend patience but no attempts."""
        began, rejections = self._clock(), 0
        while True:
            try:
                return await self._authorized(call, attempt=attempt)
            except ThrottledError as rejection:
                rejections += 1
                # At least a second is counted, so that a budget that never waits cannot loop on.
                waited_s = max(self._clock() - began, float(rejections))
                if waited_s + (rejection.retry_after_s or 0.0) >= self._patience_s:
                    raise

    async def _authorized(self, call: Call, *, attempt: int) -> Answer:
        """With the credential there is; refused, once more with the one that follows it."""
        if self._refused:
            raise copy(self._refused)
        try:
            return await self._sent(call, attempt=attempt)
        except _Refusal as refusal:
            await self._renewed(refusal)
        try:
            return await self._sent(call, attempt=attempt)
        except _Refusal as refusal:
            await self._give_up(refusal.error, token=refusal.token)
            raise refusal.error from None

    async def _sent(self, call: Call, *, attempt: int) -> Answer:
        """The token is taken once the request may go: waiting for that, it could grow old."""
        taken: list[Token] = []

        async def take() -> str:
            taken.append(await self._tokens.current())
            return taken[-1].value

        try:
            return await self._wire.ask(call, take=take, attempt=attempt)
        except AccessRevokedError as error:
            if not taken:  # known to be refused: nothing was sent
                raise
            raise _Refusal(error, taken[-1]) from error

    async def _renewed(self, refusal: _Refusal) -> None:
        try:
            await self._tokens.renew(refusal.token)
        except AccessRevokedError as error:
            error.status = error.status or refusal.error.status
            await self._give_up(error, token=refusal.token)
            raise
        self._stats.renewals += 1

    async def _give_up(self, error: AccessRevokedError, *, token: Token) -> None:
        """No request follows: every one would be refused, and Canvas would see a storm."""
        if self._refused is None:
            self._refused = AccessRevokedError(
                cause=error.cause, status=error.status, next_step=error.next_step
            )
            await self._tokens.refused(token)

    def _note_retry(self, call: Call, *, state: RetryCallState) -> None:
        self._stats.retries += 1
        error = state.outcome.exception() if state.outcome else None
        log.info(
            "request.retried",
            source=call.source,
            course=call.course,
            path=template_of(call.url.path),
            attempt=state.attempt_number,
            wait_s=round(state.upcoming_sleep, 2),
            error=getattr(error, "code", None),
            cause=getattr(error, "cause", None),
        )
