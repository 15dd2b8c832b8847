"""Between the web server and Django: a request takes a thread only when all of it has come.

Granian reads bodies inside the thread that runs the application and knows no deadline for them, so
a few clients that send half a body would hold all threads for ever (docs/adr/0014). Here bodies are
read on the event loop, under a bound and a deadline; Django then runs in one of a few threads, and
each of those has its connection to the database.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from management.gateway import Answer, Application, answer_of, environ_of

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

THREADS: Final = 4  # of one process; more processes serve more, and use more than one core
BODY_S: Final = 10.0  # until the last byte of a body is there; Canvas gives up after 15 s
HELD_BYTES: Final = 64 * 1024**2  # large bodies of one process, read or being read
SMALL_BYTES: Final = 32 * 1024  # up to here a body is taken however many large ones there are
WEBHOOKS: Final = "/webhooks/"


class _Refused(Exception):
    def __init__(self, status: int, cause: str) -> None:
        super().__init__(cause)
        self.status, self.cause = status, cause


class Front:
    """An RSGI application around a WSGI one. One per process, on one event loop."""

    def __init__(self, inner: Application, *, body_s: float = BODY_S) -> None:
        self._inner, self._body_s, self._held = inner, body_s, 0
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        try:
            size = _size(scope)
            with self._holding(size if size > SMALL_BYTES else 0):
                body = await self._body(scope, protocol, most=size) if size else b""
                await self._serve(scope, protocol, body)
        except _Refused as refused:
            _refuse(protocol, refused)

    @contextmanager
    def _holding(self, size: int) -> Iterator[None]:
        if self._held + size > HELD_BYTES:
            raise _Refused(503, "too many requests are being sent")
        self._held += size
        try:
            yield
        finally:
            self._held -= size

    async def _body(self, scope: Scope, protocol: HTTPProtocol, *, most: int) -> bytes:
        try:
            async with asyncio.timeout(self._body_s):
                if "content-length" in scope.headers:
                    return await protocol()
                return await _bounded(protocol, most=most)
        except TimeoutError:
            raise _Refused(408, "the body did not come in time") from None
        except RuntimeError:  # what granian raises when the client has gone, or sends no body
            raise _Refused(400, "the body broke off") from None

    async def _serve(self, scope: Scope, protocol: HTTPProtocol, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        environ = environ_of(scope, body)
        answer = await loop.run_in_executor(self._threads, answer_of, self._inner, environ)
        if answer.parts is None:
            protocol.response_bytes(answer.status, answer.headers, answer.body)
            return
        await self._stream(protocol, answer)

    async def _stream(self, protocol: HTTPProtocol, answer: Answer) -> None:
        """Part by part, each made in a thread; a client that reads slowly holds none meanwhile."""
        loop = asyncio.get_running_loop()
        out = protocol.response_stream(answer.status, answer.headers)
        try:
            while part := await loop.run_in_executor(self._threads, answer.next_part):
                await out.send_bytes(part)
        finally:
            await loop.run_in_executor(self._threads, answer.close)


async def _bounded(protocol: HTTPProtocol, *, most: int) -> bytes:
    body = bytearray()
    async for part in protocol:
        body += part
        if len(body) > most:
            raise _Refused(413, f"a body of more than {most // 1024} KiB is not taken")
    return bytes(body)


def _size(scope: Scope) -> int:
    """How many bytes its body may have; 0 where there is none. Raises _Refused."""
    most, length = _most(scope.path), scope.headers.get("content-length")
    if length is not None and scope.headers.get("transfer-encoding"):
        # Which of them counts is read differently by different servers, and one has no bound.
        raise _Refused(400, "a body has a length or comes in chunks, not both")
    if length is None:
        return most if scope.headers.get("transfer-encoding") else 0
    if not length.isdecimal() or len(length) > 18 or int(length) > most:
        raise _Refused(413, f"a body of more than {most // 1024} KiB is not taken")
    return int(length)


def _most(path: str) -> int:
    if path.startswith(WEBHOOKS):
        return int(settings.WEBHOOK_MAX_BODY_KIB) * 1024
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


def _refuse(protocol: Any, refused: _Refused) -> None:
    """The connection ends with it: what else was sent of this request is never read."""
    headers = [("content-type", "application/json"), ("connection", "close")]
    body = json.dumps({"error": refused.cause}).encode()
    protocol.response_bytes(refused.status, headers, body)


def django() -> Application:
    """The product, as any WSGI server would have it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
    inner: Application = import_module("settings.wsgi").application
    return inner


application: Final = Front(django())
