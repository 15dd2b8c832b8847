"""What the schedule of each integration takes of its token, added up now and then in a process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from django.conf import settings

from sync.activity import loads_of
from sync.cadence import Spending, spending

LOOK_AGAIN_S: Final = 300.0


def spending_of(integration: int) -> Spending:
    """As of now. Blocks."""
    full_every_s = settings.FULL_WALK_HOURS * 3600.0
    percent = settings.SCHEDULE_BUDGET_PERCENT
    return spending(loads_of(integration), percent=percent, full_every_s=full_every_s)


class Stretches:
    """By how much the intervals of an integration are made longer; asked at every tick."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[int, tuple[float, float]] = {}

    def of(self, integration: int) -> float:
        """Blocks. Two threads that ask at once may both add it up."""
        stretch, at = self._known.get(integration, (1.0, float("-inf")))
        if self._clock() - at < LOOK_AGAIN_S:
            return stretch
        stretch = spending_of(integration).stretch
        self._known[integration] = (stretch, self._clock())
        return stretch


stretches = Stretches()
