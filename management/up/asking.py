"""Whether a port is free, and whether what listens on it answers yet. Only on this machine."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from management.errors import CommandStopped, usage
from management.exits import Exit
from sync.report import ErrorReport

_PATIENCE_S: Final = 5.0
_PAUSE_S: Final = 0.1


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def refuse_taken(host: str, port: int) -> None:
    """Raise CommandStopped unless the web server can listen there.

    It would not notice itself: it shares its port with whoever else is willing to.
    """
    try:
        family, kind, protocol, _name, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(1)
    except OSError as error:
        cause = f"cannot listen on {host} port {port}: {error.strerror}"
        if error.errno == errno.EADDRINUSE:
            raise _taken(cause) from error
        raise usage(cause, next_step="choose another --host or --port") from error


def _taken(cause: str) -> CommandStopped:
    report = ErrorReport(
        code="already_running",
        cause=cause,
        effect="nothing was started",
        next_step="end what listens there, or choose another --port",
    )
    return CommandStopped(report, exit_code=Exit.TRY_LATER)


async def until(answers: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again; whoever is tired of it cancels."""
    while not await answers():  # noqa: ASYNC110  nobody tells us
        await asyncio.sleep(_PAUSE_S)


async def web_answers(host: str, port: int, *, path: str) -> bool:
    """Whether an HTTP server answers; what it answers does not matter."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    return (await _first_bytes(host, port, request)).startswith(b"HTTP/1.")


async def redis_answers(port: int, *, password: str) -> bool:
    """Whether the embedded server takes its password."""
    return (await _first_bytes("127.0.0.1", port, f"AUTH {password}\r\n")).startswith(b"+OK")


async def _first_bytes(host: str, port: int, request: str) -> bytes:
    """Nothing when nobody answers."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request.encode("ascii"))
                return await reader.read(64)
            finally:
                writer.close()
    return b""
