"""How often a course is synced, told from what happens in it, and how far a whole Canvas's courses
are put off so that they stay within the rate of its token.

Pure: values in, seconds and a reason out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

MINUTE_S: Final = 60.0
DAY_S: Final = 24 * 3600.0
WEEK_S: Final = 7 * DAY_S
SHORTEST_S: Final = MINUTE_S
OUTFLOW: Final = 10.0  # units of Canvas's cost that a token may spend a second (canvas-api 3.1)

BUSY_SHARE: Final = 0.01  # of a course's rows, changed in its last run
SLOWEST_QUIET: Final = 4.0
NOT_OPEN: Final = 4.0
IN_FULL: Final = 2.0
_MOST_DOUBLINGS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What is known of a course when it is asked how often it is to be synced.

    `interval_s` is what a person set, if one did. `is_published` and `is_over` are as Canvas lists
    it, by state and by dates. `due_near`: one of its published assignments is due within a day from
    now, or was within the last. `changed_share`: of its rows, how many its last run changed.
    `quiet_s`: since when nothing of it has changed. `in_full_because`: something asks again and
    again for everything to be read. `failures`: how many runs in a row did not come to their end.
    """

    interval_s: float | None = None
    is_published: bool = True
    has_begun: bool = True
    is_over: bool = False
    due_near: bool = False
    changed_share: float = 0.0
    quiet_s: float = 0.0
    in_full_because: str = ""
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """Seconds from one sync to the next, and why so many."""

    interval_s: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one course takes of the token. Units: Canvas's cost of one reading.

    `light` is one that asks for changes where that can be, `full` one that reads everything.
    """

    interval_s: float
    light: float = 0.0
    full: float = 0.0

    def per_second(self, *, stretch: float, full_every_s: float) -> float:
        """Every reading is light, but for the full one that is due every `full_every_s`."""
        every_s = self.interval_s * stretch
        more = max(0.0, self.full - self.light)
        return self.light / every_s + more / max(every_s, full_every_s)


def cadence(course: Activity, *, base_s: float) -> Cadence:
    """How often, and why; never more often than every minute. What a person set is not adapted."""
    if course.interval_s:
        return _cadence(course.interval_s, "set by hand")
    interval_s, because = next(rule for rule in _rules(course, base_s) if rule)
    if course.in_full_because and not course.is_over:
        interval_s, because = interval_s * IN_FULL, f"{because}; {course.in_full_because}"
    if course.failures:
        interval_s = _after_failures(interval_s, course.failures)
        because = f"failed {course.failures} in a row"
    return _cadence(interval_s, because)


_Rule = tuple[float, str] | None


def _rules(course: Activity, base_s: float) -> Iterable[_Rule]:
    """The first that applies decides."""
    yield (max(base_s, WEEK_S), "it is over") if course.is_over else None
    yield None if course.is_published else (base_s * NOT_OPEN, "not published yet")
    yield None if course.has_begun else (base_s * NOT_OPEN, "not begun yet")
    yield (base_s / 4, "work is due within a day") if course.due_near else None
    is_busy = course.changed_share >= BUSY_SHARE
    yield (base_s / 2, "much has changed") if is_busy else None
    slower = min(SLOWEST_QUIET, course.quiet_s / WEEK_S)
    days = int(course.quiet_s / DAY_S)
    yield (base_s * slower, f"nothing changed for {days} days") if slower > 1 else None
    yield base_s, "as usual"


def _after_failures(interval_s: float, failures: int) -> float:
    """Twice as long after each, up to a day; what is rarer than that stays so."""
    doubled = interval_s * 2.0 ** min(failures, _MOST_DOUBLINGS)
    return min(doubled, max(interval_s, DAY_S))


def _cadence(interval_s: float, because: str) -> Cadence:
    return Cadence(interval_s=max(SHORTEST_S, interval_s), because=because)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What the schedule of one integration takes of its token, in Canvas's units per second.

    `planned` were every course synced as often as its cadence says, `allowed` the most it may.
    `stretch`: by how much every interval is made longer for that; 1 where there is room.
    """

    planned: float
    allowed: float
    stretch: float


def spending(loads: Iterable[Load], *, percent: int, full_every_s: float) -> Spending:
    """`percent` of what Canvas lets a token spend is for the schedule; the rest is for people,
    for events and for what Canvas charges unexpectedly.
    """
    budget = _Budget(loads=list(loads), full_every_s=full_every_s, allowed=OUTFLOW * percent / 100)
    return Spending(planned=budget.spent(1.0), allowed=budget.allowed, stretch=budget.stretch())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Budget:
    loads: list[Load] = field(repr=False)
    full_every_s: float
    allowed: float

    def spent(self, stretch: float) -> float:
        every_s = self.full_every_s
        return sum(one.per_second(stretch=stretch, full_every_s=every_s) for one in self.loads)

    def stretch(self) -> float:
        """The least that keeps within `allowed`, to a part in ten thousand and never below."""
        if self.spent(1.0) <= self.allowed:
            return 1.0
        enough = 2.0
        while self.spent(enough) > self.allowed:
            enough *= 2
        return _least(lambda stretch: self.spent(stretch) <= self.allowed, enough / 2, enough)


def _least(is_enough: Callable[[float], bool], too_little: float, enough: float) -> float:
    while enough - too_little > enough / 10_000:
        middle = (too_little + enough) / 2
        too_little, enough = (too_little, middle) if is_enough(middle) else (middle, enough)
    return enough
