"""SQLite in memory, as Django's test runner shares it between threads; nothing but tests has it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

_PAUSE_S = 0.002
_DEFAULT_PATIENCE_S = 5.0
_Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


def tune_memory_databases() -> None:
    connection_created.connect(_tune, dispatch_uid="canvas.models.aio.memory")


def _tune(connection: BaseDatabaseWrapper, **_signal: object) -> None:
    """A shared memory database locks whole tables, against readers too, and ignores the timeout."""
    is_memory = getattr(connection, "is_in_memory_db", None)
    if connection.vendor != "sqlite" or is_memory is None or not is_memory():
        return
    raw: Any = connection.connection
    raw.execute("PRAGMA read_uncommitted = 1")
    if _retry_locked not in connection.execute_wrappers:
        connection.execute_wrappers.append(_retry_locked)


def _retry_locked(
    execute: _Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """What the busy handler does for a file: try again until the patience is used up."""
    options = context["connection"].settings_dict["OPTIONS"]
    deadline = time.monotonic() + options.get("timeout", _DEFAULT_PATIENCE_S)
    while True:
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
