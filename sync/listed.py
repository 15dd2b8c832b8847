"""What the list of an account's courses says of one of them. Pure.

Source: canvas-api 4.2 and 4.3, traps 23, 25 and 29.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from sync.transform.shape import BigInt

DELETED: Final = "deleted"
# Canvas's words in `state[]` → what its records say then (trap 25).
STATES: Final = {
    "available": "available",
    "unpublished": "unpublished",
    "created": "unpublished",
    "claimed": "unpublished",
    "completed": "completed",
    DELETED: DELETED,
}
_UNPUBLISHED: Final = ("created", "claimed")

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One course of the list. `ends_at`: when people's access ends by dates, None when it does not.

    `is_restricted`: nothing but its id is told, as its dates shut out the token's user (trap 23).
    """

    course: int
    name: str = ""
    state: str = ""
    term_id: int | None = None
    ends_at: dt.datetime | None = None
    is_restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which courses are asked for: those of a term, and in some of Canvas's states; () is all."""

    term: int | None = None
    states: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        return self.term is None and not self.states

    def params(self) -> list[tuple[str, str]]:
        """Deleted courses are listed only where they are asked for."""
        states = dict.fromkeys(word for state in self.states for word in _asked(state))
        term = [("enrollment_term_id[]", str(self.term))] if self.term is not None else []
        return [*(("state[]", word) for word in states or ("all",)), *term, ("include[]", "term")]


class _Term(msgspec.Struct):
    end_at: Instant | None = None


class _Course(msgspec.Struct):
    id: BigInt
    name: str | None = None
    workflow_state: str | None = None
    enrollment_term_id: BigInt | None = None
    end_at: Instant | None = None
    restrict_enrollments_to_course_dates: bool | None = None
    access_restricted_by_date: bool | None = None
    term: _Term | None = None


_DECODER: Final = msgspec.json.Decoder(_Course, strict=False)


def read_listed(records: Iterable[msgspec.Raw]) -> tuple[list[Listed], int]:
    """Those that can be read, and how many cannot."""
    found, unreadable = [], 0
    for record in records:
        try:
            found.append(_listed(_DECODER.decode(record)))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            unreadable += 1
    return found, unreadable


def _listed(course: _Course) -> Listed:
    return Listed(
        course=course.id,
        name=course.name or "",
        state=course.workflow_state or "",
        term_id=course.enrollment_term_id,
        ends_at=_ends_at(course),
        is_restricted=course.access_restricted_by_date is True,
    )


def _ends_at(course: _Course) -> dt.datetime | None:
    """A course's own dates count where it keeps people to them, else those of its term."""
    if course.restrict_enrollments_to_course_dates and course.end_at:
        return course.end_at
    return (course.term.end_at if course.term else None) or course.end_at


def _asked(state: str) -> Iterable[str]:
    return _UNPUBLISHED if state == "unpublished" else (state,)
