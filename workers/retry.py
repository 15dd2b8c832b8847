"""What becomes of a run that did not come to its end: when it is tried again, or that it is not.

The types of errors say whether waiting helps (`canvas.errors`); here is how long and how often.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from sync.models import Run
from sync.report import RunReport
from sync.resume import PASSING_CODES

ATTEMPTS: Final = 12
FIRST_S: Final = 15.0
LONGEST_S: Final = 15 * 60.0


def again_in_s(
    report: RunReport, *, attempts: int, chance: Callable[[], float] = random.random
) -> float | None:
    """Seconds until the run is to be tried again; None when it is not, or when it came to its end.

    `attempts` that were made so far. What was interrupted goes on at once; what failed by something
    that passes waits twice as long each time, and a bit of chance, so that a hundred runs that
    Canvas refused do not come back at the same moment.
    """
    if report.state is Run.State.INTERRUPTED:
        return 0.0
    code = report.error.code if report.error else ""
    if report.state is not Run.State.FAILED or code not in PASSING_CODES or attempts >= ATTEMPTS:
        return None
    return float(min(LONGEST_S, FIRST_S * 2 ** (attempts - 1)) * (0.75 + chance() / 2))
