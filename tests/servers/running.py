"""One server process from start to end: ready before it is handed out, gone afterwards."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.account import Account
from tests.servers.programs import NoServerError

_READY_S = 60.0
_STOP_S = 15.0
_ATTEMPTS = 5
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers at `url`; `pid` is its first process, or None when it is not ours."""

    url: str
    pid: int | None = None


@contextmanager
def run_server(
    command_for: Callable[[int], Sequence[str | Path]],
    *,
    account: Account,
    folder: Path,
    stop_signal: signal.Signals,
    answers: Callable[[int], bool],
) -> Iterator[tuple[int, int]]:
    """Shape: (port, pid) of a server that answers on 127.0.0.1.

    Raises: NoServerError with the end of its log.
    """
    for _attempt in range(_ATTEMPTS):
        port = free_port()
        process = _start(command_for(port), account=account, folder=folder, stop=stop_signal)
        try:
            if _becomes_ready(process, answers=lambda: answers(port)):  # noqa: B023  used at once
                yield port, process.pid
                return
        finally:
            _stop(process, stop_signal=stop_signal)
        if "in use" not in _log(folder):  # another process may have taken the port meanwhile
            break
    raise NoServerError(f"the server did not start. Its log ends: {_log(folder)[-600:].strip()}")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    """The little a server needs to know; none of our variables, so none of our secrets."""
    passed = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return passed | {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}


def _start(
    command: Sequence[str | Path], *, account: Account, folder: Path, stop: signal.Signals
) -> subprocess.Popen[bytes]:
    with open(folder / "server.log", "ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the tests; the server outlives them by a moment
            preexec_fn=_end_with_parent(stop),
            **account.popen_arguments(),
        )


def _end_with_parent(stop: signal.Signals) -> Callable[[], None] | None:
    """Linux ends the server when we are killed and cannot do it; elsewhere it would stay."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, int(stop), 0, 0, 0)


def _becomes_ready(process: subprocess.Popen[bytes], *, answers: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _READY_S
    while process.poll() is None and time.monotonic() < deadline:
        if answers():
            return process.poll() is None
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes], *, stop_signal: signal.Signals) -> None:
    for number in (stop_signal, signal.SIGKILL):
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
            return


def _log(folder: Path) -> str:
    return (folder / "server.log").read_text(encoding="utf-8", errors="replace")
