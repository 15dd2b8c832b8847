"""Who carries out a run, as text, and whether that process has certainly ended.

Knows this machine only; of another one nothing is certain before its lease runs out.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_STARTED: Final = 19  # the field `starttime` of /proc/PID/stat, counted behind the name in brackets


def this_worker() -> str:
    """`HOST|PLACE PID|STARTED`, not longer than the column it is kept in."""
    return f"{_here()} {os.getpid()}|{_started_at(os.getpid())}"


def has_ended(worker: str) -> bool:
    """Whether the process that called itself `worker` was one of this machine, and is no more."""
    place, _, process = worker.rpartition(" ")
    pid, _, started = process.partition("|")
    if place != _here() or not pid.isdigit():
        return False
    now = _started_at(int(pid))  # "" where processes of others are hidden
    return not _is_running(int(pid)) or (now != "" and now != started)


def _here() -> str:
    """The host, and which processes are seen from here: containers may share its name."""
    try:
        place = os.readlink(_PROC / "self" / "ns" / "pid")
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"{socket.gethostname()[:100]}|"
    return f"{socket.gethostname()[:100]}|{boot[:8]}{place}".replace(" ", "")


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started_at(pid: int) -> str:
    """In clock ticks since the machine was started; "" where that cannot be known.

    A zombie has ended, though its number is not free yet.
    """
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "ended" if state == "Z" else fields[_STARTED - 1]
