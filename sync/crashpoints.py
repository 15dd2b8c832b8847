"""Named places where a test kills the process without warning, as a power cut would.

`crashpoint(name)` does nothing unless CRASH_AT names that place. Tests take the names from
CRASH_POINTS, so a place that is not listed there is refused.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from typing import Final

from django.conf import settings

CRASH_POINTS: Final = {
    "keys.rotate.row": "a row is sealed under the newest key and locked, but not committed",
    "keys.rotate.committed": "a row is committed under the newest key, the next not begun",
    "webhook.before_commit": "an event is verified, and nothing of it is stored",
    "webhook.after_commit": "an event is committed, and Canvas was not told that it came",
    "run.begun": "the run is recorded as begun, and nothing is read",
    "load.before_rows": "the transaction of a batch is open, and nothing is written",
    "load.before_ledger": "rows and changes of a batch are written, its checkpoint is not",
    "load.before_commit": "all of a batch is written, but not committed",
    "load.after_commit": "a batch is committed, and nothing else knows of it",
    "closing.before_commit": "the deletions of a table are made, but not committed, or none ends",
    "closing.after_commit": "the deletions of a table are committed, the next table not begun",
    "relink.before_commit": "rows have found their parents, but that is not committed",
    "relink.after_commit": "rows have found their parents, the next ones not begun",
    "rollup.before_commit": "the roll-up of the course is written, but not committed",
    "rollup.after_commit": "the roll-up of the course is committed",
    "run.before_post_sync": "all is stored, and no function of the installation was called",
    "run.before_close": "functions of the installation were called, the run is still open",
    "run.closing": "the run is closed, but that is not committed",
    "run.closed": "the run is closed, and nobody was told what it came to",
}

_passed: Counter[str] = Counter()
_counting = threading.Lock()


def crashpoint(name: str) -> None:
    """Kill this process when CRASH_AT is `name:n` and this is its n-th time here.

    Raises LookupError for a name, here or in CRASH_AT, that is not listed.
    """
    _refuse_unknown(name)
    if settings.CRASH_AT is None:
        return
    wanted, time = settings.CRASH_AT
    _refuse_unknown(wanted)
    if name != wanted:
        return
    with _counting:
        _passed[name] += 1
        if _passed[name] == time:
            os.kill(os.getpid(), signal.SIGKILL)


def _refuse_unknown(name: str) -> None:
    if name not in CRASH_POINTS:
        raise LookupError(f"{name} is not in CRASH_POINTS of sync/crashpoints.py")
