"""How a person writes a span of time and a window of the day on the command line."""

from __future__ import annotations

import datetime as dt
import re
from argparse import ArgumentTypeError
from typing import Final

Window = tuple[dt.time | None, dt.time | None]
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN: Final = re.compile(r"([0-9]{1,6})([smhdw])", re.ASCII)
_WINDOW: Final = re.compile(r"([0-2][0-9]:[0-5][0-9])-([0-2][0-9]:[0-5][0-9])", re.ASCII)
LONGEST_S: Final = 366 * 86_400


def span_s(text: str) -> int:
    """`90s`, `30m`, `6h`, `2d`, `1w`, from a minute to a year, as seconds."""
    found = _SPAN.fullmatch(text.strip())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 60 <= seconds <= LONGEST_S:
        raise ArgumentTypeError(
            f"{text[:20]!r} is no span from a minute to a year: write 30m, 6h or 2d"
        )
    return seconds


def window(text: str) -> Window:
    """`22:00-06:00` in UTC, or `none`."""
    if text.strip().lower() == "none":
        return (None, None)
    found = _WINDOW.fullmatch(text.strip())
    start, end = (_time(part) for part in found.groups()) if found else (None, None)
    if start is None or end is None or start == end:
        raise ArgumentTypeError(
            f"{text[:20]!r} is no window of the day: write 22:00-06:00 (UTC), or none"
        )
    return (start, end)


def _time(text: str) -> dt.time | None:
    try:
        return dt.time.fromisoformat(text)
    except ValueError:
        return None
