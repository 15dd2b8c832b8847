"""Exit codes of the commands (contract, section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from sync.models import Run
from sync.report import RunReport


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    CREDENTIAL_REFUSED = 4
    COURSE_NOT_READABLE = 5
    HELD = 6
    TRY_LATER = 75
    INTERRUPTED = 130


_BY_STATE = {
    Run.State.SUCCEEDED: Exit.DONE,
    Run.State.PARTIAL: Exit.PARTIAL,
    Run.State.HELD: Exit.HELD,
    Run.State.BUSY: Exit.TRY_LATER,
    Run.State.INTERRUPTED: Exit.INTERRUPTED,
}
_BY_CODE = {
    "credential_refused": Exit.CREDENTIAL_REFUSED,
    "not_found": Exit.COURSE_NOT_READABLE,
    "course_deleted": Exit.COURSE_NOT_READABLE,
    "forbidden": Exit.COURSE_NOT_READABLE,
    "rate_limited": Exit.TRY_LATER,
    "canvas_down": Exit.TRY_LATER,
    "connection_lost": Exit.TRY_LATER,
    "answer_timeout": Exit.TRY_LATER,
    "database_down": Exit.TRY_LATER,
}
# Of several courses the worst decides; the first in this row that happened.
_WORST_FIRST = (
    Exit.INTERRUPTED,
    Exit.CREDENTIAL_REFUSED,
    Exit.FAILED,
    Exit.TRY_LATER,
    Exit.COURSE_NOT_READABLE,
    Exit.HELD,
    Exit.PARTIAL,
)


def exit_of(report: RunReport) -> Exit:
    if report.state in _BY_STATE:
        return _BY_STATE[report.state]
    return exit_of_code(report.error.code if report.error else "")


def exit_of_code(code: str) -> Exit:
    """The exit of a failure by its stable code."""
    return _BY_CODE.get(code, Exit.FAILED)


def worst(exits: Iterable[Exit]) -> Exit:
    happened = set(exits)
    return next((one for one in _WORST_FIRST if one in happened), Exit.DONE)
