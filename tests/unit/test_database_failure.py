"""What a failure of the database means: it is away, it is full, or it is set up wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import Error as DatabaseError
from django.db import InternalError, OperationalError, ProgrammingError

from management.exits import Exit, exit_of_code
from workers.database_failure import database_error


def failure(kind: type[DatabaseError], text: str, **facts: Any) -> DatabaseError:
    """As Django wraps what a driver raised; `facts` are attributes of that."""
    error, cause = kind(text), Exception(text)
    for name, value in facts.items():
        setattr(cause, name, value)
    error.__cause__ = cause
    return error


CASES: list[tuple[DatabaseError, str]] = [
    (failure(OperationalError, "the connection is lost", sqlstate=None), "database_down"),
    (failure(OperationalError, "terminating connection", sqlstate="57P01"), "database_down"),
    (failure(OperationalError, "in recovery mode", sqlstate="57P03"), "database_down"),
    (failure(OperationalError, "disk full", sqlstate="53100"), "database_full"),
    (failure(InternalError, "extend file: File too large", sqlstate="XX000"), "database_full"),
    (failure(OperationalError, "full", sqlite_errorname="SQLITE_FULL"), "database_full"),
    (failure(OperationalError, "I/O", sqlite_errorname="SQLITE_IOERR_WRITE"), "database_full"),
    (failure(OperationalError, "locked", sqlite_errorname="SQLITE_BUSY"), "database"),
    (failure(ProgrammingError, "no such table", sqlstate="42P01"), "database"),
]


@pytest.mark.parametrize(("error", "code"), CASES)
def test_a_failure_in_the_middle_has_the_code_of_what_to_do(
    error: DatabaseError, code: str
) -> None:
    report = database_error(error, effect="nothing", worked_before=True)
    assert report.code == code
    assert str(error) in report.cause


def test_a_connection_that_never_worked_may_be_set_up_wrong() -> None:
    refused = failure(OperationalError, "connection refused", sqlstate=None)
    report = database_error(refused, effect="nothing")
    assert (report.code, "DATABASE_URL" in report.next_step) == ("database", True)


def test_only_a_database_that_is_away_is_to_be_tried_later() -> None:
    assert exit_of_code("database_down") is Exit.TRY_LATER
    assert exit_of_code("database_full") is exit_of_code("database") is Exit.FAILED
