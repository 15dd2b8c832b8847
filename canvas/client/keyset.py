"""Fetching the key set that signs Live Events, from the one address that is configured.

No token leaves, nothing is followed, nothing is repeated: whoever asks decides when to ask again.
Source: canvas-api 6.3.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Final

import httpx

from canvas.client.auth import user_agent
from canvas.client.body import read_body
from canvas.client.closed import ClosedClient
from canvas.client.failures import untrusted_certificate
from canvas.client.origin import parse_base_url
from canvas.client.redaction import quiet_wire_logs
from canvas.errors import CanvasDownError, CanvasError, ConfigError, ConnectionLostError
from canvas.events import Jwk, UnreadableEventError, read_key_set

# From sending to the last byte. An event waits for it, and Canvas waits 15 s for the event.
TOTAL_S: Final = 5.0
MAX_BODY_BYTES: Final = 1024**2
_CHECK: Final = "check WEBHOOK_KEYS_URL, and that this machine may reach it"


async def fetch_keys(
    url: str,
    *,
    allow_insecure: bool,
    transport: httpx.AsyncBaseTransport | None = None,
    total_s: float = TOTAL_S,
) -> list[Jwk]:
    """The usable keys of the set at `url`, at least one.

    Raises ConfigError for an address that is not https to a public host (unless `allow_insecure`),
    RetryableError when there was no answer or no key set.
    """
    quiet_wire_logs()
    address = _address(url, allow_insecure=allow_insecure)
    headers = {
        "User-Agent": user_agent(),
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    http = ClosedClient(
        headers=headers,
        timeout=httpx.Timeout(None),  # the total bounds all of it
        allow_private=allow_insecure,
        transport=transport,
    )
    try:
        async with asyncio.timeout(total_s), aclosing(http):
            return read_key_set(await _body(http, address))
    except TimeoutError as error:
        raise _away("the key server did not answer in time") from error
    except UnreadableEventError as error:
        raise CanvasDownError(
            cause=f"the key server sent no usable keys: {error.cause}", next_step=_CHECK
        ) from error


async def _body(http: ClosedClient, address: httpx.URL) -> bytes:
    try:
        async with http.stream("GET", address) as answer:
            if answer.status_code != httpx.codes.OK:
                raise CanvasDownError(
                    cause=f"the key server answered HTTP {answer.status_code}", next_step=_CHECK
                )
            return await read_body(answer, max_bytes=MAX_BODY_BYTES)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if untrusted_certificate(error):
            raise _refused("has a certificate that is not trusted") from error
        raise _away("the key server could not be reached") from error


def _address(url: str, *, allow_insecure: bool) -> httpx.URL:
    try:
        address = httpx.URL(url)
        plain = address.copy_with(path="/", query=None, fragment=None)
        parse_base_url(str(plain), allow_insecure=allow_insecure)
    except (httpx.InvalidURL, CanvasError) as error:
        raise _refused("is not https to a public host") from error
    return address.copy_with(fragment=None)


def _refused(what: str) -> ConfigError:
    return ConfigError(cause=f"WEBHOOK_KEYS_URL {what}", next_step="correct it, or unset it")


def _away(cause: str) -> ConnectionLostError:
    return ConnectionLostError(cause=cause, next_step=_CHECK)
