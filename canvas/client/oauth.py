"""The one request that turns a refresh token into an access token (canvas-api 1.3).

Goes to the origin of the integration and nowhere else. Never repeats, stores nothing, and shows
neither token nor secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import httpx

from canvas.client.allowed import refuse_unlisted
from canvas.client.auth import user_agent
from canvas.client.body import read_answer
from canvas.client.closed import ClosedClient
from canvas.client.failures import located, translated
from canvas.client.grants import Grant, grant_of, refusal
from canvas.client.origin import Origin
from canvas.client.policy import reply_of
from canvas.client.redaction import quiet_wire_logs
from canvas.errors import ConnectionLostError

PATH: Final = "/login/oauth2/token"
CONNECT_S: Final = 10.0
TOTAL_S: Final = 30.0  # from sending to the last byte; whoever claims a refresh claims it longer
MAX_BODY_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DeveloperKey:
    """Who asks: a developer key of the Canvas installation."""

    client_id: str
    client_secret: str = field(repr=False)


async def refresh(
    origin: Origin,
    *,
    key: DeveloperKey,
    refresh_token: str,
    allow_insecure: bool = False,
    transport: httpx.AsyncBaseTransport | None = None,
    total_s: float = TOTAL_S,
) -> Grant:
    """A new access token; when this succeeds the one before it is dead.

    Raises AccessRevokedError when Canvas refuses the refresh token (status 400) or the key (401),
    RetryableError when it may work later, ConfigError or ContractError for every other answer.
    """
    quiet_wire_logs()
    form = {
        "grant_type": "refresh_token",
        "client_id": key.client_id,
        "client_secret": key.client_secret,
        "refresh_token": refresh_token,
    }
    with located(source="token", path=PATH):
        async with aclosing(_http(allow_insecure=allow_insecure, transport=transport)) as http:
            return await _granted(http, origin.url(PATH), form=form, total_s=total_s)


def _http(*, allow_insecure: bool, transport: httpx.AsyncBaseTransport | None) -> ClosedClient:
    return ClosedClient(
        headers={
            "User-Agent": user_agent(),
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        timeout=httpx.Timeout(None, connect=CONNECT_S),  # the total bounds the rest
        allow_private=allow_insecure,
        transport=transport,
    )


async def _granted(
    http: ClosedClient, url: httpx.URL, *, form: Mapping[str, str], total_s: float
) -> Grant:
    refuse_unlisted("POST", url)
    sent = urlencode(form).encode("ascii")
    try:
        async with asyncio.timeout(total_s), http.stream("POST", url, content=sent) as answer:
            body = await read_answer(answer, max_bytes=MAX_BODY_BYTES)
    except TimeoutError as error:
        # Not the timeout of a listing: asking for less would not help.
        raise ConnectionLostError(cause="Canvas did not answer the refresh in time") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise translated(error) from error
    reply = reply_of(answer.status_code, headers=answer.headers, body=body)
    if refused := refusal(reply, headers=answer.headers):
        raise refused
    return grant_of(body)
