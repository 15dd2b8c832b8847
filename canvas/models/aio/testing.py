"""A pytest plugin: ordinary `django_db` for async tests run by pytest-asyncio or anyio.

    # conftest.py
    pytest_plugins = ["canvas.models.aio.testing"]

pytest-django opens the transaction of a test on the main thread. With those runners the loop has
the main thread and the ORM runs on asgiref's, whose connection knows nothing of the transaction:
the test does not see its fixtures, and what it writes stays. While the fixture is active, asgiref's
thread is lent the connections of the main thread; `atomic()` blocks then join that transaction. Not
needed for Django's own TestCase, nor where tests run through `async_to_sync`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from canvas.models.aio.pool import close_idle

_OPENS_THE_TRANSACTION = "_django_db_helper"
_MAKES_THE_DATABASES = "django_db_setup"


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """What is added here as a finalizer runs before the fixture's own."""
    result = yield
    if fixturedef.argname == _MAKES_THE_DATABASES:
        request.addfinalizer(_close_connections_of_threads)
    elif fixturedef.argname == _OPENS_THE_TRANSACTION:
        lent = [each for each in connections.all(initialized_only=True) if each.in_atomic_block]
        if lent:
            _lend(lent, request)
    return result


def _lend(lent: list[BaseDatabaseWrapper], request: pytest.FixtureRequest) -> None:
    for connection in lent:
        connection.inc_thread_sharing()
    aliases = [connection.alias for connection in lent]
    own = _on_asgirefs_thread(_connections_here, aliases)
    _on_asgirefs_thread(_use, dict(zip(aliases, lent, strict=True)))

    def take_back() -> None:
        _on_asgirefs_thread(_use, own)
        for connection in lent:
            connection.dec_thread_sharing()

    request.addfinalizer(take_back)


def _on_asgirefs_thread(work: Any, *arguments: Any) -> Any:
    return SyncToAsync.single_thread_executor.submit(work, *arguments).result()


def _connections_here(aliases: Iterable[str]) -> dict[str, BaseDatabaseWrapper | None]:
    """None where this thread has made none yet: asking for it would."""
    return {alias: getattr(_storage(), alias, None) for alias in aliases}


def _use(chosen: dict[str, BaseDatabaseWrapper | None]) -> None:
    for alias, connection in chosen.items():
        if connection is not None:
            connections[alias] = connection
        elif hasattr(_storage(), alias):
            del connections[alias]


def _storage() -> Any:
    return connections._connections  # type: ignore[attr-defined]  # Django's, for each thread


def _close_connections_of_threads() -> None:
    """Before the test databases are dropped, which open connections would prevent."""
    close_idle()
    _on_asgirefs_thread(connections.close_all)
