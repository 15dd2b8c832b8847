"""From RSGI to WSGI and back: the environ of a request, and what the application answers.

Source: PEP 3333; the RSGI specification 1.5. Unlike granian's own WSGI side this puts no variable
of the process into the environ, where a debug page could show it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from granian.rsgi import Scope

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_SAME: Final[Environ] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}
_NAMED: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


@dataclass(slots=True, kw_only=True)
class Answer:
    """`parts` is None for an answer whose body is whole."""

    status: int
    headers: Headers
    body: bytes = b""
    parts: Iterator[bytes] | None = None
    close: Callable[[], None] = field(default=lambda: None)

    def next_part(self) -> bytes:
        """The next part that is not empty; nothing at the end."""
        return next((part for part in self.parts or () if part), b"")


def environ_of(scope: Scope, body: bytes) -> Environ:
    """The environ of a request whose body has come as a whole."""
    host, _, port = scope.server.rpartition(":")
    environ = {
        **_SAME,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    for name, value in scope.headers.items():
        _add(environ, name, value)
    if body:  # also of one that came in chunks
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _add(environ: Environ, name: str, value: str) -> None:
    if "_" in name:  # would pass for a header with a hyphen, which a proxy may have checked
        return
    key = _NAMED.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
    if key in environ:
        value = f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"
    environ[key] = value


def answer_of(application: Application, environ: Environ) -> Answer:
    """Run the application; unless it streams, to the end of its answer."""
    begun: list[tuple[int, Headers]] = []

    def start(status: str, headers: Headers, _error: object = None) -> None:
        begun[:] = [(int(status.split(" ", 1)[0]), headers)]

    result = application(environ, start)
    close: Callable[[], None] = getattr(result, "close", lambda: None)
    if getattr(result, "streaming", False):
        status, headers = begun[0]
        return Answer(status=status, headers=headers, parts=iter(result), close=close)
    try:
        body = b"".join(result)
    finally:
        close()
    status, headers = begun[0]
    return Answer(status=status, headers=headers, body=body)
