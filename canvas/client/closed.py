"""The one way a request of httpx leaves: once, over a guarded transport, and nothing besides."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping

import httpx

from canvas.client.auth import TokenAuth
from canvas.client.network import guarded_transport


class ClosedClient:
    """Sends a request once, to a checked address, and hands over what comes.

    It follows nothing, keeps no cookie, asks no environment and knows no proxy: there is nothing
    here that could. `httpx.AsyncClient` has it, and has to be told not to.
    `transport` instead of the guarded one is for tests.
    """

    def __init__(
        self,
        *,
        headers: Mapping[str, str],
        timeout: httpx.Timeout,
        allow_private: bool,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._headers = [(name, value) for name, value in headers.items()]
        self._extensions: Mapping[str, object] = {"timeout": timeout.as_dict()}
        self._transport = transport or guarded_transport(allow_private=allow_private)

    @contextlib.asynccontextmanager
    async def stream(
        self,
        method: str,
        url: httpx.URL,
        *,
        auth: TokenAuth | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """The answer, its body not yet read; left, its connection is free or closed.

        `auth` sees the whole request before it leaves. Raises what httpx raises.
        """
        request = httpx.Request(
            method,
            url,
            headers=[*self._headers, *headers.items()] if headers else self._headers,
            content=content,
            extensions=self._extensions,
        )
        if auth is not None:
            auth.sign(request)
        response = await self._transport.handle_async_request(request)
        response.request = request
        try:
            yield response
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        await self._transport.aclose()
