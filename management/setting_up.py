"""One command at a time sets an empty database up; the others wait and find it done."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

_ADVISORY_KEY: Final = 0x63_61_6E_76_61_73  # "canvas"; the same in every version


def turn(connection: BaseDatabaseWrapper) -> AbstractContextManager[None]:
    """Held by one process at a time for this database; a process that dies lets go of it.

    Raises OSError where no file can be made beside an SQLite database.
    """
    if connection.vendor == "postgresql":
        return _postgres_turn(connection)
    return _file_turn(Path(f"{connection.settings_dict['NAME']}.setup"))


@contextmanager
def _postgres_turn(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """A lock of the session, so that it spans the transactions of all migrations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_KEY])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_KEY])


@contextmanager
def _file_turn(path: Path) -> Iterator[None]:
    descriptor = _locked(path)
    try:
        yield
    finally:
        try:
            path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


def _locked(path: Path) -> int:
    """The lock file, open and locked, and still the one that the next process will open."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    """False when the process before us has removed the file it held."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
