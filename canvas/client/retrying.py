"""When a failed request is sent again: exponential back-off with jitter, or what Canvas asked for.

Only answers that never were a verdict on us are repeated here; throttling waits in the budget.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential, wait_random

from canvas.errors import CanvasDownError, ConnectionLostError, RetryableError

FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
REPEATED: Final = (CanvasDownError, ConnectionLostError)
LONGEST_ASKED_WAIT_S: Final = 120.0  # asked to wait longer, the run ends and is resumed later

_back_off: Final = wait_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S) + wait_random(
    0, FIRST_WAIT_S
)


def retrying(
    *,
    max_attempts: int,
    sleep: Callable[[float], Awaitable[None]],
    before_wait: Callable[[RetryCallState], None],
    unless: Callable[[Exception], bool] | None = None,
) -> AsyncRetrying:
    """Repeats on the errors in `REPEATED`; the last one is raised as it was.

    One that `unless` is true of is not repeated.
    """

    def worth_it(error: BaseException) -> bool:
        return isinstance(error, REPEATED) and (unless is None or not unless(error))

    return AsyncRetrying(
        retry=retry_if_exception(worth_it),
        stop=lambda state: (
            _asked_s(state) > LONGEST_ASKED_WAIT_S or stop_after_attempt(max_attempts)(state)
        ),
        wait=lambda state: max(_asked_s(state), _back_off(state)),
        sleep=sleep,
        before_sleep=before_wait,
        reraise=True,
    )


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds a Retry-After header asks for, never negative; None without a readable one.

    An HTTP date is compared with the clock of the same answer, not with ours.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(http_date(value), now=answered_at(headers) or datetime.now(UTC))
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """The clock of Canvas when it answered, from its Date header."""
    return http_date(headers.get("date", ""))


def http_date(value: str) -> datetime | None:
    """The moment in UTC; None for what is no HTTP date."""
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _seconds_until(moment: datetime | None, *, now: datetime) -> float | None:
    return None if moment is None else max((moment - now).total_seconds(), 0.0)


def _asked_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return (error.retry_after_s or 0.0) if isinstance(error, RetryableError) else 0.0
