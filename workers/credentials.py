"""Which credential an integration is read with, and what becomes of one that Canvas refuses.

A refused credential pauses its integration: from then on it is refused here, without a request,
until another one is stored or given.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db.models import Q

from canvas.client import parse_base_url
from canvas.client.auth import FixedToken, Token, TokenSource
from canvas.client.oauth import refresh
from canvas.client.origin import Origin
from canvas.models import CanvasIntegration
from canvas.models.integration import PauseReason
from workers import claims
from workers.stored_grant import LOOK_AGAIN_S, TERM_S, StoredGrant


def token_source_for(integration: CanvasIntegration, *, term_s: float = TERM_S) -> TokenSource:
    """CANVAS_TOKEN where CANVAS_URL is this Canvas, else the stored developer key or token.

    `integration` need not be stored. Nothing is asked of Canvas or the database yet. Raises
    ConfigError for an address, a token or keys that cannot be used.
    """
    secure = settings.CANVAS_ALLOW_INSECURE
    origin = parse_base_url(integration.base_url, allow_insecure=secure)
    given = environment_token(integration)
    if given is not None:
        return TokenByHand(integration, given, origin=origin, stored=False)
    if integration.client_id:
        exchange = partial(refresh, origin, allow_insecure=secure)
        return StoredGrant(integration, origin=origin, exchange=exchange, term_s=term_s)
    return TokenByHand(integration, integration.require_token(), origin=origin, stored=True)


def environment_token(integration: CanvasIntegration) -> str | None:
    """CANVAS_TOKEN, if CANVAS_URL is the address of this integration."""
    if not (settings.CANVAS_TOKEN and settings.CANVAS_URL):
        return None
    secure = settings.CANVAS_ALLOW_INSECURE
    ours = parse_base_url(integration.base_url, allow_insecure=secure)
    named = parse_base_url(settings.CANVAS_URL, allow_insecure=secure)
    return str(settings.CANVAS_TOKEN) if ours == named else None


class Onlooker:
    """The `TokenSource` of who writes nothing: a refusal pauses no integration."""

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens

    @property
    def identity(self) -> str:
        return self._tokens.identity

    async def current(self) -> Token:
        return await self._tokens.current()

    async def renew(self, refused: Token) -> Token:
        return await self._tokens.renew(refused)

    async def refused(self, token: Token) -> None:
        """The next run that may write is told itself."""


class TokenByHand:
    """The `TokenSource` of a token made by hand, stored or given: there is no other to be had."""

    def __init__(
        self,
        integration: CanvasIntegration,
        token: str,
        *,
        origin: Origin,
        stored: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pk: int | None = integration.pk
        self._stored, self._clock = stored, clock
        self._fixed = FixedToken(token, origin=origin)
        self._look_at = -math.inf

    def __repr__(self) -> str:
        return f"TokenByHand({self.identity[:8]})"

    @property
    def identity(self) -> str:
        return self._fixed.identity

    async def current(self) -> Token:
        if self._pk is not None and self._clock() >= self._look_at:
            claims.refuse_paused((await claims.look(self._pk)).row, identity=self.identity)
            self._look_at = self._clock() + LOOK_AGAIN_S
        return await self._fixed.current()

    async def renew(self, refused: Token) -> Token:
        return await self._fixed.renew(refused)

    async def refused(self, token: Token) -> None:
        """Pauses the integration, unless another token was stored meanwhile."""
        if self._pk is None:
            return
        row = (await claims.look(self._pk)).row
        only = Q()
        if self._stored:
            if row.read_token() != token.value:
                return
            only = Q(sealed_token=row.sealed_token)
        await claims.pause(row, identity=self.identity, reason=PauseReason.TOKEN_REFUSED, only=only)
