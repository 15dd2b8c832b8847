"""Connections of httpx: the name is resolved here, and what was checked is what is connected to.

Owns the only use of httpcore. Every new connection resolves and checks anew, so that an answer
that changes between two of them (DNS rebinding) gains nothing; a kept connection stays with the
address it was made to. TLS and the Host header go on with the name. No proxy, no HTTP/2.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final

import httpcore
import httpx

from canvas.client.addresses import admitted, literal
from canvas.client.transport import NoCookies, shared_tls

# httpcore tries to import it four times a request, and where it is missing each time looks through
# the whole path: a sixth of what a request costs. None says at once that it is not there.
if find_spec("sniffio") is None:
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

# Name and port → addresses as text. Raises OSError for a name that has none.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

KEPT_CONNECTIONS: Final = httpx.Limits(
    max_connections=100, max_keepalive_connections=20, keepalive_expiry=30.0
)


def guarded_transport(
    *,
    allow_private: bool,
    limits: httpx.Limits = KEPT_CONNECTIONS,
    resolve: Resolve | None = None,
    dial: httpcore.AsyncNetworkBackend | None = None,
) -> httpx.AsyncBaseTransport:
    """A transport for `httpx.AsyncClient(transport=…)`; `limits` are in seconds and connections.

    `dial` is what opens a socket to a checked address. Raises ConfigError from the request that
    needs a connection when the name has no public address, unless `allow_private`. Everything
    else is what httpx raises.
    """
    backend = CheckedBackend(
        allow_private=allow_private,
        resolve=resolve or system_resolve,
        dial=dial or httpcore.AnyIOBackend(),
    )
    return _GuardedTransport(backend=backend, limits=limits)


def closed_client(
    *,
    headers: Mapping[str, str],
    timeout: httpx.Timeout,
    allow_private: bool,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """Reaches checked addresses only, follows nothing, keeps no cookie, asks no environment.

    `transport` instead of the guarded one is for tests.
    """
    return _CookielessClient(
        headers=headers,
        timeout=timeout,
        transport=transport or guarded_transport(allow_private=allow_private),
        follow_redirects=False,
        trust_env=False,
    )


async def system_resolve(host: str, port: int) -> list[str]:
    """What the system says, of both families, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [_with_zone(address) for *_, address in found]


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to checked addresses only, one after the other until one answers."""

    def __init__(
        self, *, allow_private: bool, resolve: Resolve, dial: httpcore.AsyncNetworkBackend
    ) -> None:
        self._allow_private, self._resolve, self._dial = allow_private, resolve, dial

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """`timeout` seconds bound the name and all attempts together; each gets its share."""
        now = asyncio.get_running_loop().time
        deadline = None if timeout is None else now() + timeout
        addresses = await self._addresses(host, port, deadline=deadline)
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            share = None if deadline is None else max(0.0, deadline - now()) / left
            try:
                return await self._dial.connect_tcp(
                    address,
                    port,
                    timeout=share,
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise httpcore.ConnectError(f"{host} has no address")

    async def sleep(self, seconds: float) -> None:
        await self._dial.sleep(seconds)

    async def _addresses(self, host: str, port: int, *, deadline: float | None) -> list[str]:
        written = literal(host)
        if written is not None:
            return admitted(host, [str(written)], allow_private=self._allow_private)
        try:
            async with asyncio.timeout_at(deadline):
                found = await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from error
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that is no label
            raise httpcore.ConnectError(f"{host} cannot be resolved") from error
        return admitted(host, found, allow_private=self._allow_private)


class _CookielessClient(httpx.AsyncClient):
    """Has one jar, which stays empty."""

    _jar: Final = NoCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._jar

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise AttributeError("this client keeps no cookies")


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport on a pool of ours.

    httpx offers no public way to give its transport another network, so its `_pool` is set here
    and `super().__init__()`, which would make a pool that connects anywhere, is not called. Were
    the attribute to move, no request could be sent: it fails closed, and a test says so.
    """

    def __init__(self, *, backend: httpcore.AsyncNetworkBackend, limits: httpx.Limits) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=shared_tls(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=backend,
        )


def _with_zone(address: tuple[Any, ...]) -> str:
    """The text of a socket address; of a link-local IPv6 one with its interface."""
    zone = address[3] if len(address) == 4 else 0
    text = str(address[0])
    return f"{text}%{zone}" if zone and "%" not in text else text
