"""Ctrl-C once, or SIGTERM: end in order. Once more: at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person at the keyboard, or systemd, wants."""

    end: asyncio.Event = field(default_factory=asyncio.Event)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def wishes(note: Callable[[str], None]) -> Iterator[Wishes]:
    """Of the main thread of a running loop. A signal that was ignored before stays so (nohup)."""
    said = Wishes()
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if said.end.is_set():
            said.hurry.set()
            return
        said.end.set()
        note("ending; runs stop after the current page; once more to stop at once")

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, asked)
    try:
        yield said
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
