"""Faults of the socket: the reply is right, its delivery is not."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

DRIP_INTERVAL_S = 1.0
Options = dict[str, Any]


def cut(connection: socket.socket, raw: bytes, *, options: Options, stop: threading.Event) -> None:
    """Close after the headers and half of the body; Content-Length promised all."""
    head_end = raw.index(b"\r\n\r\n") + 4
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
    head_end = raw.index(b"\r\n\r\n") + 4
    interval_s = float(options.get("interval_s", DRIP_INTERVAL_S))
    with contextlib.suppress(OSError):
        connection.sendall(raw[:head_end])
        for position in range(head_end, len(raw)):
            connection.sendall(raw[position : position + 1])
            if stop.wait(interval_s):
                return


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
    "reset": reset,
}
