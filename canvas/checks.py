"""System checks of `canvas`: how databases must be opened for async transactions to hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from canvas.models.aio.join import is_test_environment
from canvas.models.aio.limits import limits

LEAST_PATIENCE_S = 20
_SQLITE_HINT = (
    'OPTIONS of settings.DATABASES[{alias!r}] should hold "transaction_mode": "IMMEDIATE",'
    ' "timeout": 20 and "init_command": "PRAGMA journal_mode=WAL;".'
)


def check_databases(
    app_configs: Sequence[AppConfig] | None, **_options: object
) -> list[CheckMessage]:
    """Reads the settings only: a check connects to nothing."""
    messages = check_limits()
    for alias, entry in settings.DATABASES.items():
        engine = str(entry.get("ENGINE", ""))
        if engine.endswith("sqlite3"):
            messages += check_sqlite(alias, entry)
        elif engine.endswith("postgresql"):
            messages += check_postgres(alias, entry)
    return messages


def check_limits() -> list[CheckMessage]:
    """ASYNC_ATOMIC has known keys and sensible values."""
    try:
        limits()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="Leave it out for the defaults.", id="canvas.E005")]
    return []


def check_sqlite(alias: str, entry: dict[str, Any]) -> list[CheckMessage]:
    """A file in WAL, IMMEDIATE transactions, patience: or readers and writers lock each other out.

    A deferred transaction takes the write lock at its first write, when another may have written
    what it has read: SQLite then refuses at once, whatever the timeout.
    """
    name, options = str(entry.get("NAME", "")), entry.get("OPTIONS", {})
    if _is_in_memory(name):
        if is_test_environment():
            return []  # Django's test runner shares it between threads
        return [
            Error(
                f"The database {alias!r} is in memory, where each thread has an empty one of its"
                " own: async transactions would not find a single table.",
                hint="Name a file.",
                id="canvas.E001",
            )
        ]
    wrong = {
        "E002": ("does not open transactions as IMMEDIATE", not _is_immediate(options)),
        "E003": (
            "is not in WAL mode, so a reader and a writer wait for each other",
            not _wal(options),
        ),
        "E004": (
            f"waits less than {LEAST_PATIENCE_S} s for its turn",
            options.get("timeout", 5) < LEAST_PATIENCE_S,
        ),
    }
    return [
        Error(
            f"The SQLite database {alias!r} {what}: 'database is locked' under load.",
            hint=_SQLITE_HINT.format(alias=alias),
            id=f"canvas.{number}",
        )
        for number, (what, is_wrong) in wrong.items()
        if is_wrong
    ]


def check_postgres(alias: str, entry: dict[str, Any]) -> list[CheckMessage]:
    """A block has a connection of its own, so what a new one costs is paid by every block."""
    pool = entry.get("OPTIONS", {}).get("pool")
    if not pool:
        return [] if entry.get("CONN_MAX_AGE", 0) != 0 else [_connects_for_every_block(alias)]
    size = _most_connections(pool)
    try:
        least = 2 * limits().threads
    except ImproperlyConfigured:
        return []  # canvas.E005 says so
    if size >= least:
        return []
    return [
        checks.Warning(
            f"The pool of the database {alias!r} has {size} connections at most, fewer than twice"
            f" the {least // 2} threads of ASYNC_ATOMIC: blocks and the code around them would wait"
            " for each other.",
            hint=f'Set OPTIONS["pool"]["max_size"] to {least} or more, or ASYNC_ATOMIC["THREADS"]'
            f" to {size // 2} or less.",
            id="canvas.W002",
        )
    ]


def _connects_for_every_block(alias: str) -> CheckMessage:
    return checks.Warning(
        f"The database {alias!r} is connected to anew for every async transaction, which takes"
        " about 7 ms instead of 0.5 ms.",
        hint='Set "CONN_MAX_AGE": 600 and "CONN_HEALTH_CHECKS": True, or use the pool of psycopg.',
        id="canvas.W001",
    )


def _is_in_memory(name: str) -> bool:
    return name in ("", ":memory:") or "mode=memory" in name


def _is_immediate(options: dict[str, Any]) -> bool:
    return str(options.get("transaction_mode", "")).upper() in ("IMMEDIATE", "EXCLUSIVE")


def _wal(options: dict[str, Any]) -> bool:
    command = str(options.get("init_command", "")).lower()
    return "journal_mode=wal" in command.replace(" ", "").replace("'", "")


def _most_connections(pool: Any) -> int:
    """psycopg's own default where nothing is said: four, and no more than the least."""
    sizes = pool if isinstance(pool, dict) else {}
    return int(sizes.get("max_size") or sizes.get("min_size", 4))
