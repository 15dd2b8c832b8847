"""Keeps one child running: started again when it ends, with longer and longer pauses."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from management.up.child import Child, Process, Say

log = structlog.get_logger(__name__)

USAGE: Final = 2  # the status of a program that was called or configured wrongly


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Seconds before a child is started again; one that lived for `healthy_s` begins anew."""

    first_s: float = 0.5
    longest_s: float = 30.0
    healthy_s: float = 60.0

    def after(self, before_s: float, *, lived_s: float) -> float:
        """The next pause; `before_s` is the one before, 0 for none."""
        if lived_s >= self.healthy_s or not before_s:
            return self.first_s
        return min(2 * before_s, self.longest_s)


class Keeper:
    """`refuse` is called with the name of a child that says so at its first start."""

    def __init__(
        self, child: Child, *, say: Say, pauses: Pauses, refuse: Callable[[str], object]
    ) -> None:
        self.child = child
        self._say, self._pauses, self._refuse = say, pauses, refuse
        self._process: Process | None = None
        self._ending, self._is_killed = asyncio.Event(), False
        self._status = 0
        self._keeping = asyncio.create_task(self._keep())

    @property
    def is_running(self) -> bool:
        return self._process is not None

    async def end(self) -> bool:
        """Ask the child to end, and wait for it; whether it ended as asked."""
        self._ending.set()
        if self._process is not None:
            self._process.terminate()
        await self._keeping
        return self._status in (0, -signal.SIGTERM)

    def kill(self) -> None:
        self._is_killed = True
        self._ending.set()
        if self._process is not None:
            self._process.kill()

    async def _keep(self) -> None:
        pause_s, is_first = 0.0, True
        while not self._ending.is_set():
            began = time.monotonic()
            self._status = await self._live()
            if self._ending.is_set():
                return
            if is_first and self._status == USAGE:
                self._refuse(self.child.name)
                return
            lived_s, is_first = time.monotonic() - began, False
            pause_s = self._pauses.after(pause_s, lived_s=lived_s)
            log.warning(
                "child.ended", child=self.child.name, status=self._status, again_in_s=pause_s
            )
            await self._rest(pause_s)

    async def _live(self) -> int:
        try:
            self._process = await Process.start(self.child, say=self._say)
        except OSError as error:
            self._say(self.child.name, f"cannot be started: {error.strerror}")
            return 1
        if self._is_killed:
            self._process.kill()
        elif self._ending.is_set():
            self._process.terminate()
        status = await self._process.ended()
        self._process = None
        return status

    async def _rest(self, pause_s: float) -> None:
        try:
            await asyncio.wait_for(self._ending.wait(), pause_s)
        except TimeoutError:
            return
