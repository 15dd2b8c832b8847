"""The access token of a developer key: refreshed by one process, found in the database by all.

A refresh kills the token before it, so two at once would kill each other's (canvas-api trap 3).
Who claims the row refreshes; the others wait for what that one stores.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from copy import copy
from typing import Final

import structlog
from django.db.models import Q

from canvas.client.auth import Token, identity_of
from canvas.client.oauth import TOTAL_S
from canvas.client.origin import Origin
from canvas.errors import CanvasDownError, RetryableError
from canvas.models import CanvasIntegration
from canvas.models.integration import PauseReason
from workers import claims
from workers.refreshing import REST_S, Exchange, exchange_of, refresh_row

log = structlog.get_logger(__name__)

TERM_S: Final = 3 * TOTAL_S  # a claim: longer than the request, and storing what it brought
POLL_S: Final = 0.25
LOOK_AGAIN_S: Final = 30.0  # how old the row may be that a token is taken from


class StoredGrant:
    """The `TokenSource` of one stored integration with a developer key.

    `term_s`: after so long the claim of a process that died is free. Tasks of this process wait
    for each other here, processes for each other at the row.
    """

    def __init__(
        self,
        integration: CanvasIntegration,
        *,
        origin: Origin,
        exchange: Exchange,
        term_s: float = TERM_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pk, self._name = integration.pk, integration.name
        self._identity = identity_of(origin, secret=str(integration.uuid))
        self._exchange, self._term_s = exchange, term_s
        self._clock, self._sleep = clock, sleep
        self._turn = asyncio.Lock()
        self._token: Token | None = None
        self._look_at = self._refresh_at = self._ends_at = -math.inf
        self._trouble: RetryableError | None = None
        self._rested_at = -math.inf

    def __repr__(self) -> str:
        return f"StoredGrant({self._name})"

    @property
    def identity(self) -> str:
        return self._identity

    async def current(self) -> Token:
        token = self._token
        if token is None or self._clock() >= self._look_at:
            token = await self._looked()
        return token if self._clock() < self._refresh_at else await self._ahead(token)

    async def renew(self, refused: Token) -> Token:
        async with self._turn:
            return await self._successor(refused)

    async def refused(self, token: Token) -> None:
        """Pauses the integration, unless another access token was stored meanwhile."""
        row = (await claims.look(self._pk)).row
        if row.read_token() != token.value:
            return
        await claims.pause(
            row,
            identity=self._identity,
            reason=PauseReason.TOKEN_REFUSED,
            only=Q(sealed_token=row.sealed_token),
        )

    async def _ahead(self, token: Token) -> Token:
        """A token before this one ends; this one as long as it is good and no other can be had."""
        async with self._turn:
            if self._token is not None and self._clock() < self._refresh_at:
                return self._token
            try:
                return await self._successor(token)
            except RetryableError as trouble:
                if self._clock() >= self._ends_at:
                    raise
                self._look_at = self._refresh_at = self._clock() + LOOK_AGAIN_S
                log.warning("access.not_refreshed", integration=self._name, cause=trouble.cause)
                return token

    async def _successor(self, refused: Token) -> Token:
        """Tasks that waited for a refresh that failed fail with it, instead of each trying anew."""
        if self._trouble is not None and self._clock() < self._rested_at:
            raise copy(self._trouble)
        try:
            return await self._found_or_fetched(refused)
        except RetryableError as trouble:
            self._trouble, self._rested_at = copy(trouble), self._clock() + REST_S
            raise

    async def _found_or_fetched(self, refused: Token) -> Token:
        # The holder of the claim may die, and so may the one that takes it next.
        deadline = self._clock() + 2 * self._term_s
        while self._clock() < deadline:
            seen = await claims.look(self._pk)
            token = self._adopted(seen)
            if token != refused:
                return token
            exchange = exchange_of(seen.row, exchange=self._exchange)
            claim = await claims.take(seen.row, identity=self._identity, term_s=self._term_s)
            if claim is None:
                await self._sleep(POLL_S * (1 + random.random()))
            else:
                await refresh_row(seen.row, claim=claim, identity=self._identity, exchange=exchange)
        raise CanvasDownError(cause="another process refreshes the access token and does not end")

    async def _looked(self) -> Token:
        return self._adopted(await claims.look(self._pk))

    def _adopted(self, seen: claims.Seen) -> Token:
        """The token of the row, from now on ours; its end is told by the database's clock.

        Raises AccessRevokedError while the row is paused.
        """
        claims.refuse_paused(seen.row, identity=self._identity)
        now, left_s = self._clock(), math.inf if seen.left_s is None else seen.left_s
        self._look_at, self._ends_at = now + LOOK_AGAIN_S, now + left_s
        self._refresh_at = self._ends_at - claims.AHEAD_S
        self._token = Token(value=seen.row.require_token())
        return self._token
