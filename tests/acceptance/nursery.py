"""Commands started quickly: children of a warm process that has every module and no connection.

Each child reads its own environment into settings of its own, configures its own log and opens its
own connections, as a fresh process does; it is spared nothing but the reading of modules. What the
warm process does is in `newborn`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.begun import Begun
from tests.command import ROOT, clean_environment

_PATIENCE_S = 120.0


class Nursery:
    """Starts one command after the other; any number may run at once."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._answers = orders.makefile(encoding="ascii")

    def begin(self, arguments: list[str], environment: dict[str, str], **limits: float) -> Begun:
        """`environment` is that of the product, beside what else there is.

        `limits`: `dies_after_s` ends it without warning, `file_bytes` is the most a file may have,
        `haste` is how often a sleep of its coroutines fits into the time it asks for; their time
        limits stay.
        """
        named = clean_environment(**environment)
        asked = {"dies_after_s": _PATIENCE_S} | limits
        order = {"arguments": arguments, "environment": named, "limits": asked}
        stdin, stdout, stderr, status = (os.pipe() for _ in range(4))
        theirs = [stdin[0], stdout[1], stderr[1], status[1]]
        try:
            text = json.dumps(order).encode()
            socket.send_fds(self._orders, [len(text).to_bytes(4)], theirs)
            self._orders.sendall(text)
            pid = int(self._answers.readline())
        finally:
            for end in theirs:
                os.close(end)
        return Begun(
            pid,
            status=status[0],
            stdin=open(stdin[1], "w"),
            stdout=open(stdout[0]),
            stderr=open(stderr[0]),
        )

    def run(
        self, arguments: list[str], environment: dict[str, str], *, stdin: str = "", **limits: float
    ) -> tuple[int, str, str]:
        """(exit code, stdout, stderr); the code is negative for a signal."""
        begun = self.begin(arguments, environment, **limits)
        stdout, stderr = begun.communicate(stdin)
        return begun.wait(), stdout, stderr


@contextmanager
def open_nursery(folder: Path) -> Iterator[Nursery]:
    """`folder` is for a database that nobody opens."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.newborn", str(theirs.fileno())],
            cwd=ROOT,
            env=clean_environment(DATABASE_URL=f"sqlite:///{folder / 'never opened'}"),
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        with process:
            yield Nursery(ours)
            process.kill()
