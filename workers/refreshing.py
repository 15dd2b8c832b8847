"""One refresh by the process that has claimed it: ask Canvas, and write down what it said.

The row tells everybody else, the caller included. No transaction is open while Canvas is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import chain, repeat
from typing import Final, Protocol
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError
from django.db import close_old_connections

from canvas.client.grants import Grant
from canvas.client.oauth import DeveloperKey
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    CanvasError,
    ContractError,
    ThrottledError,
)
from canvas.models import CanvasIntegration
from canvas.models.aio.cancelling import to_the_end
from canvas.models.integration import PauseReason
from workers import claims

log = structlog.get_logger(__name__)

REST_S: Final = 2.0  # nobody asks again so soon after a refresh that came to nothing
FIRST_WAITS_S: Final = (0.1, 0.3, 1.0, 3.0)
LATER_WAITS_S: Final = 5.0
STORE_S: Final = 30.0
STORE_ROTATED_S: Final = 300.0  # the refresh token before it is good no more
_KEY_REFUSED: Final = 401


class Exchange(Protocol):
    """Asks Canvas for another access token; ends well within the term of a claim."""

    async def __call__(self, *, key: DeveloperKey, refresh_token: str) -> Grant: ...


def exchange_of(row: CanvasIntegration, *, exchange: Exchange) -> Callable[[], Awaitable[Grant]]:
    """The exchange with what the row holds. Raises AccessRevokedError when that is nothing."""
    secret, refresh_token = row.read_client_secret(), row.read_refresh_token()
    if not (row.client_id and secret and refresh_token):
        raise AccessRevokedError
    key = DeveloperKey(client_id=row.client_id, client_secret=secret)
    return partial(exchange, key=key, refresh_token=refresh_token)


async def refresh_row(
    row: CanvasIntegration,
    *,
    claim: UUID,
    identity: str,
    exchange: Callable[[], Awaitable[Grant]],
) -> None:
    """Afterwards the row holds another access token, or is paused, or another process has it.

    Raises what Canvas answered instead, the claim given back. Runs to its end when cancelled: the
    answer may hold the only refresh token that is good from now on.
    """

    async def asked() -> None:
        try:
            grant = await exchange()
            if grant.access_token == row.read_token():
                raise ContractError(cause="Canvas granted the very access token it refuses")
        except AccessRevokedError as refusal:
            await claims.pause(row, identity=identity, reason=_reason(refusal), claim=claim)
        except CanvasError as error:
            await claims.release(row, claim, rest_s=REST_S)
            raise _of_the_refresh(error) from error
        else:
            await _keep(row, claim, identity=identity, grant=grant)

    task, cancelled = await to_the_end(asked())
    if cancelled is not None:
        raise cancelled
    task.result()


async def _keep(row: CanvasIntegration, claim: UUID, *, identity: str, grant: Grant) -> None:
    """Tries for as long as a database needs to come back: nobody else has what was granted."""
    waited_s, waits = 0.0, chain(FIRST_WAITS_S, repeat(LATER_WAITS_S))
    while True:
        try:
            kept = await claims.keep(row, claim, identity=identity, grant=grant)
        except DatabaseError:
            wait_s = next(waits)
            waited_s += wait_s
            if waited_s > (STORE_S if grant.refresh_token is None else STORE_ROTATED_S):
                raise
            await sync_to_async(close_old_connections)()
            await asyncio.sleep(wait_s)
        else:
            event = "access.refreshed" if kept else "access.superseded"
            log.info(event, integration=row.name, rotated=grant.refresh_token is not None)
            return


def _reason(refusal: AccessRevokedError) -> PauseReason:
    by_key = refusal.status == _KEY_REFUSED
    return PauseReason.KEY_REFUSED if by_key else PauseReason.GRANT_REFUSED


def _of_the_refresh(error: CanvasError) -> CanvasError:
    """A throttled refresh says nothing of the quota of the token: it is no rejection to sit out."""
    if not isinstance(error, ThrottledError):
        return error
    cause = "Canvas throttles the refresh of the access token"
    return CanvasDownError(cause=cause, retry_after_s=error.retry_after_s)
