"""A failure of the database in an operator's words: is it away, is it full, or is it set up wrong.

What the database says of itself is kept, what it says of rows is not.
"""

from __future__ import annotations

from typing import Final

from django.db import Error as DatabaseError
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError

from sync.report import ErrorReport

_ABOUT_ITSELF: Final = (OperationalError, InterfaceError, InternalError, ProgrammingError)
# PostgreSQL: connection exceptions, shutting down or starting up, too many connections.
_DOWN_STATES: Final = ("08", "57P01", "57P02", "57P03", "53300")
_FULL_STATES: Final = ("53100",)
# SQLite tells a full disk from a limit on the size of files, PostgreSQL only by its words.
_FULL_NAMES: Final = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")
_FULL_WORDS: Final = ("No space left on device", "File too large", "check free disk space")

_NEXT_STEPS: Final = {
    "database": "check that DATABASE_URL names a database that is up and may be written to",
    "database_down": "see that the database is up, then run the same command again; a sync goes on "
    "where it stopped",
    "database_full": "make room where the database keeps its files, then run the same command "
    "again; a sync goes on where it stopped",
}


def database_error(
    failure: DatabaseError, *, effect: str, worked_before: bool = False
) -> ErrorReport:
    """Translated once, here. `worked_before`: this process has just used the database."""
    about_itself = isinstance(failure, _ABOUT_ITSELF)
    shown = str(failure).strip().split("\n", 1)[0] if about_itself else ""
    code = _code(failure, worked_before=worked_before)
    return ErrorReport(
        code=code,
        cause=f"the database failed: {type(failure).__name__} {shown}".strip(),
        effect=effect,
        next_step=_NEXT_STEPS[code],
    )


def _code(failure: DatabaseError, *, worked_before: bool) -> str:
    if _is_full(failure):
        return "database_full"
    return "database_down" if _is_down(failure, worked_before=worked_before) else "database"


def _is_full(failure: DatabaseError) -> bool:
    cause = failure.__cause__
    state, name = getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)
    if name in _FULL_NAMES or (state or "").startswith(_FULL_STATES):
        return True
    return state is not None and any(words in str(failure) for words in _FULL_WORDS)


def _is_down(failure: DatabaseError, *, worked_before: bool) -> bool:
    """Without a state it is the connection that failed: wrongly set up, unless it just worked."""
    cause = failure.__cause__
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_DOWN_STATES)
    is_lost = isinstance(failure, OperationalError | InterfaceError)
    return worked_before and is_lost and not hasattr(cause, "sqlite_errorname")
