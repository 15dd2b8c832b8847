"""What an answer says of the quota, as numbers to be reckoned with. Source: canvas-api 3.3."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

# Far beyond what any Canvas has: a larger number is an error of somebody, and would be believed.
LEAST_REMAINING: Final = -1_000.0
MOST: Final = 5_000.0


def remaining_of(headers: Mapping[str, str]) -> float | None:
    """`X-Rate-Limit-Remaining`; None without one that is a number."""
    return _number(headers, "x-rate-limit-remaining", least=LEAST_REMAINING)


def cost_of(headers: Mapping[str, str]) -> float | None:
    """`X-Request-Cost`, never negative; None without one that is a number."""
    return _number(headers, "x-request-cost", least=0.0)


def _number(headers: Mapping[str, str], name: str, *, least: float) -> float | None:
    try:
        number = float(headers[name])
    except (KeyError, ValueError):
        return None
    return min(max(number, least), MOST) if math.isfinite(number) else None
