"""Faults of the socket: the reply is right, its delivery is not."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

DRIP_INTERVAL_S = 1.0
Options = dict[str, Any]


def cut(connection: socket.socket, raw: bytes, *, options: Options, stop: threading.Event) -> None:
    """Close after the headers and half of the body; Content-Length promised all."""
    head_end = _body_start(raw)
    connection.sendall(raw[: head_end + (len(raw) - head_end) // 2])


def hang(connection: socket.socket, raw: bytes, *, options: Options, stop: threading.Event) -> None:
    """Never answer; ends when the client gives up or the simulator stops."""
    connection.settimeout(0.1)
    while not stop.is_set():
        try:
            if connection.recv(4096) == b"":
                return
        except TimeoutError:
            continue
        except OSError:
            return


def drip(connection: socket.socket, raw: bytes, *, options: Options, stop: threading.Event) -> None:
    """One byte of the body per `interval_s`."""
    _drip(connection, raw, from_byte=_body_start(raw), options=options, stop=stop)


def drip_headers(
    connection: socket.socket, raw: bytes, *, options: Options, stop: threading.Event
) -> None:
    """One byte per `interval_s` from the status line on."""
    _drip(connection, raw, from_byte=len(b"HTTP/1.1"), options=options, stop=stop)


def _drip(
    connection: socket.socket,
    raw: bytes,
    *,
    from_byte: int,
    options: Options,
    stop: threading.Event,
) -> None:
    interval_s = float(options.get("interval_s", DRIP_INTERVAL_S))
    with contextlib.suppress(OSError):
        connection.sendall(raw[:from_byte])
        for position in range(from_byte, len(raw)):
            connection.sendall(raw[position : position + 1])
            if stop.wait(interval_s):
                return


def short_length(
    connection: socket.socket, raw: bytes, *, options: Options, stop: threading.Event
) -> None:
    """The whole body, but Content-Length promises half of it."""
    head_end = _body_start(raw)
    half = (len(raw) - head_end) // 2
    head = re.sub(rb"(?i)(content-length: )\d+", rb"\g<1>%d" % half, raw[:head_end])
    with contextlib.suppress(OSError):
        connection.sendall(head + raw[head_end:])


def _body_start(raw: bytes) -> int:
    return raw.index(b"\r\n\r\n") + 4


def reset(
    connection: socket.socket, raw: bytes, *, options: Options, stop: threading.Event
) -> None:
    """Closed with RST instead of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


WAYS: dict[str, Callable[..., None]] = {
    "cut": cut,
    "hang": hang,
    "drip": drip,
    "drip_headers": drip_headers,
    "short_length": short_length,
    "reset": reset,
}
