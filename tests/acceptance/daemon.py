"""A worker and beats around a mirror; all that they say is in one log."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.driver import Mirror
from tests.acceptance.launcher import Launched, Launcher, launcher

PATIENCE_S = 90.0


class Daemon:
    """Processes of one mirror; all that they say is in `log`."""

    def __init__(self, mirror: Mirror, log: Path, launching: Launcher) -> None:
        self.mirror, self.log = mirror, log
        self._launcher = launching
        self._started: list[Launched] = []

    def worker(self, *, children: int) -> Launched:
        options = f"-Q realtime,scheduled,bulk -c {children} -l DEBUG"
        return self._start(f"worker {options}")

    def beat(self) -> Launched:
        return self._start("beat")

    def restarted_beat(self, times: int) -> None:
        """One beat after the other, each killed after a tick or two; they overlap a little."""
        alive: list[Launched] = []
        for _ in range(times):
            alive.append(self.beat())
            time.sleep(0.4)
            if len(alive) > 3:
                alive.pop(0).kill()
        for beat in alive:
            beat.kill()

    def end(self, *started: Launched) -> None:
        for one in started:
            one.send_signal(signal.SIGTERM)
        self.wait(lambda: not any(one.is_there() for one in started))

    def end_all(self) -> None:
        self.end(*self._started)

    def ticks(self) -> int:
        """How often the schedule was looked at."""
        said = self.log.read_text() if self.log.exists() else ""
        return said.count("tick.done")

    def wait(self, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def wait_for_ticks(self, more: int) -> None:
        enough = self.ticks() + more
        self.wait(lambda: self.ticks() >= enough)

    def _start(self, arguments: str) -> Launched:
        named = ["-A", "workers", *arguments.split()]
        self._started.append(self._launcher.launch(named, log=self.log))
        return self._started[-1]


@contextmanager
def daemon(mirror: Mirror, log: Path) -> Iterator[Daemon]:
    """All its processes have ended afterwards."""
    with launcher(mirror.environment) as launching:
        running = Daemon(mirror, log, launching)
        try:
            yield running
        finally:
            running.end_all()
