"""Hears from children that they are ready: a socket for each, in a folder only we can enter."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Notices:
    """Speaks the protocol of sd_notify(3). Needs a running loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready: dict[str, asyncio.Event] = {}
        self._sockets: list[socket.socket] = []

    def address(self, name: str) -> str:
        """The NOTIFY_SOCKET of this child; from now on it is listened to."""
        place = str(self._folder / name)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.setblocking(False)
        listener.bind(place)
        self._sockets.append(listener)
        self._ready[name] = asyncio.Event()
        asyncio.get_running_loop().add_reader(listener, self._hear, listener, name)
        return place

    async def ready(self, name: str) -> None:
        """Wait until the child has said so."""
        await self._ready[name].wait()

    def close(self) -> None:
        for listener in self._sockets:
            asyncio.get_running_loop().remove_reader(listener)
            listener.close()

    def _hear(self, listener: socket.socket, name: str) -> None:
        if b"READY=1" in listener.recv(4096):
            self._ready[name].set()


@contextmanager
def notices() -> Iterator[Notices]:
    folder = Path(tempfile.mkdtemp(prefix="canvas-mirror-up-"))
    heard = Notices(folder)
    try:
        yield heard
    finally:
        heard.close()
        shutil.rmtree(folder, ignore_errors=True)
