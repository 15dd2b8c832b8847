"""Teaches Django's `transaction` the async side, once per process; steps aside if it has one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic

from canvas.models.aio.enter import enter
from canvas.models.aio.hooks import on_commit
from canvas.models.aio.leave import leave
from canvas.models.aio.memory import tune_memory_databases
from canvas.models.aio.session import block_around

_decorate = Atomic.__call__
_get_connection = transaction.get_connection


def install() -> bool:
    """False where `Atomic` has an async side already: ours, or one that Django brings.

    `transaction.on_commit` and its like ask `get_connection` of their module at call time, so names
    imported before this keep working. Only a `get_connection` imported earlier stays the old one.
    """
    if hasattr(Atomic, "__aenter__"):
        return False
    replacements: list[tuple[object, str, Callable[..., Any]]] = [
        (Atomic, "__aenter__", enter),
        (Atomic, "__aexit__", leave),
        (Atomic, "__call__", _decorated),
        (BaseDatabaseWrapper, "on_commit", on_commit),
        (transaction, "get_connection", _connection_here),
    ]
    for owner, name, replacement in replacements:
        setattr(owner, name, replacement)
    tune_memory_databases()
    return True


def _decorated(atomic: Atomic, func: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(func):
        raise TypeError(
            f"atomic() cannot decorate the async generator function {func.__qualname__}(): the"
            " block would stay open between the values, and for ever if the loop over them is left"
            " early. Use 'async with transaction.atomic():' inside of it around the statements that"
            " belong together, with no yield in between, or return a list."
        )
    if not iscoroutinefunction(func):
        plain: Callable[..., Any] = _decorate(atomic, func)
        return plain

    @functools.wraps(func)
    async def inside(*arguments: Any, **named: Any) -> Any:
        async with atomic:  # any number of tasks may be inside of one Atomic
            return await func(*arguments, **named)

    return inside


def _connection_here(using: str | None = None) -> BaseDatabaseWrapper:
    """In a coroutine inside a block that block's connection; Django's own answer elsewhere."""
    block = block_around()
    if block is not None:
        found = block.session.connections.get(using or DEFAULT_DB_ALIAS)
        if found is not None:
            return found
    connection: BaseDatabaseWrapper = _get_connection(using)
    return connection
