"""Connections of httpx: the name is resolved here, and what was checked is what is connected to.

Owns the only use of aiohttp, which carries what httpx asks for: it takes less than half of the
time that httpx's own transport does. Every new connection resolves and checks anew, so that an
answer that changes between two of them (DNS rebinding) gains nothing; a kept connection stays with
the address it was made to. TLS and the Host header go on with the name. No proxy, no HTTP/2, no
redirect, no cookie, no request sent twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from canvas.client.addresses import admitted, literal
from canvas.client.transport import shared_tls

# Name and port → addresses as text. Raises OSError for a name that has none.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
# What a socket is to be connected to → the socket, not connected yet.
Dial = Callable[[aiohttp.AddrInfoType], socket.socket]

KEPT_CONNECTIONS: Final = 100
KEPT_S: Final = 30.0
LONGEST_HEADER: Final = 32 * 1024  # bytes; Canvas caps its longest one at 6 KB (canvas-api 2.1)
# Named by the first that fits: those behind are what the ones before are made from.
_KINDS: Final[Sequence[tuple[type[Exception], type[httpx.RequestError]]]] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientError, httpx.ReadError),
    (OSError, httpx.ReadError),
)


def guarded_transport(
    *, allow_private: bool, resolve: Resolve | None = None, dial: Dial | None = None
) -> httpx.AsyncBaseTransport:
    """A transport of httpx, for one event loop.

    Raises ConfigError from the request that needs a connection when the name has no public
    address, unless `allow_private`. Everything else is what httpx raises.
    """
    return _GuardedTransport(
        allow_private=allow_private, resolve=resolve or system_resolve, dial=dial
    )


async def system_resolve(host: str, port: int) -> list[str]:
    """What the system says, of both families, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [_with_zone(address) for *_, address in found]


class _CheckedResolver(AbstractResolver):
    """Gives a connection the addresses it may be made to; a connection tries all of them."""

    def __init__(self, resolve: Resolve, *, allow_private: bool) -> None:
        self._resolve, self._allow_private = resolve, allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        try:
            found = await self._resolve(host, port)
        except UnicodeError as error:  # a label that is no label
            raise OSError(f"{host} cannot be resolved") from error
        addresses = admitted(host, found, allow_private=self._allow_private)
        if not addresses:
            raise OSError(f"{host} has no address")
        return [_resolved(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Nothing is open."""


class _GuardedTransport(httpx.AsyncBaseTransport):
    """Connections of its own, made with the first request."""

    def __init__(self, *, allow_private: bool, resolve: Resolve, dial: Dial | None) -> None:
        self._allow_private, self._dial = allow_private, dial
        self._resolver = _CheckedResolver(resolve, allow_private=allow_private)
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._refuse_private(request.url.host)
        if self._session is None:
            self._session = self._opened()
        times: Mapping[str, float | None] = request.extensions.get("timeout", {})
        tls = shared_tls() if request.url.scheme == "https" else False
        body = await request.aread()
        with _as_httpx(request):
            answer = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
                data=body or None,
                ssl=tls,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    connect=times.get("connect"), sock_read=times.get("read")
                ),
            )
        return httpx.Response(
            answer.status, headers=answer.raw_headers, stream=_Body(answer, request)
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _refuse_private(self, host: str) -> None:
        """An address is connected to as it is written: no resolver is asked."""
        if not self._allow_private and (written := literal(host)) is not None:
            admitted(host, [str(written)], allow_private=False)

    def _opened(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                use_dns_cache=False,
                limit=KEPT_CONNECTIONS,
                keepalive_timeout=KEPT_S,
                socket_factory=self._dial,
            ),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            max_field_size=LONGEST_HEADER,
            trust_env=False,
        )
        # It would repeat a request of its own accord, which nobody counts: `Wire` never repeats.
        session._retry_connection = False
        return session


class _Body(httpx.AsyncByteStream):
    """The bytes of an answer as they come; left early, its connection is closed."""

    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer, self._request = answer, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx(self._request):
            async for part in self._answer.content.iter_any():
                yield part

    async def aclose(self) -> None:
        self._answer.release()


@contextlib.contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """What aiohttp raises inside, as httpx would."""
    try:
        yield
    except (aiohttp.ClientError, OSError) as error:
        kind = next(theirs for ours, theirs in _KINDS if isinstance(error, ours))
        raise kind(str(error), request=request) from error


def _resolved(host: str, address: str, port: int) -> ResolveResult:
    return {
        "hostname": host,
        "host": address,
        "port": port,
        "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
        "proto": socket.IPPROTO_TCP,
        "flags": socket.AI_NUMERICHOST,
    }


def _with_zone(address: tuple[Any, ...]) -> str:
    """The text of a socket address; of a link-local IPv6 one with its interface."""
    zone = address[3] if len(address) == 4 else 0
    text = str(address[0])
    return f"{text}%{zone}" if zone and "%" not in text else text
