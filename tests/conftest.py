"""What every test may ask for: servers, fresh databases, a seed, and `async def` tests."""

import functools
import inspect
import os
import random
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import DjangoDbBlocker

from tests.servers import fresh_database, postgres_server, redis_server

_truncate = DatabaseOperations.sql_flush


def _delete(
    self: DatabaseOperations, style: Any, tables: Collection[str], **options: Any
) -> list[str]:
    """After a test tables hold a few rows, which are deleted in a tenth of the time of TRUNCATE."""
    if options.get("reset_sequences") or options.get("allow_cascade"):
        return list(_truncate(self, style, tables, **options))
    return [f"DELETE FROM {self.quote_name(table)}" for table in tables]


DatabaseOperations.sql_flush = _delete  # relations are checked at the end of its transaction

hypothesis_settings.register_profile("mirror", deadline=None, print_blob=True)
hypothesis_settings.register_profile("fast", deadline=None, print_blob=True, max_examples=20)
hypothesis_settings.load_profile("mirror")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """One seed for hypothesis and for `rng`; --hypothesis-seed repeats a run."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = random.randrange(2**32)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seed = terminalreporter.config.option.hypothesis_seed
    terminalreporter.write_line(f"seed {seed} (repeat with --hypothesis-seed={seed})")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run `async def` tests the way Django does: the ORM stays on the fixtures' connection."""
    function = pyfuncitem.obj
    given = getattr(function, "hypothesis", None)
    if given is not None and inspect.iscoroutinefunction(given.inner_test):
        given.inner_test = _as_sync(given.inner_test)
    if not inspect.iscoroutinefunction(function):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    _as_sync(function)(**{name: pyfuncitem.funcargs[name] for name in names})
    return True


def _as_sync(function: Callable[..., Awaitable[object]]) -> Callable[..., object]:
    @functools.wraps(function)
    def sync(*arguments: object, **named: object) -> object:
        return async_to_sync(function)(*arguments, **named)

    return sync


@pytest.fixture
def rng(pytestconfig: pytest.Config) -> random.Random:
    """Chance that can be repeated: seeded with the seed of the run."""
    return random.Random(pytestconfig.option.hypothesis_seed)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database; connections that threads left open do not keep it from being dropped."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """The server the tests share; `postgres_server(own=True)` is for tests that kill it."""
    with postgres_server() as running:
        yield running.url


@pytest.fixture
def fresh_postgres(postgres_server_url: str) -> Iterator[Callable[[], str]]:
    """Makes addresses of new, empty databases; all are dropped after the test."""
    with ExitStack() as databases:
        yield lambda: databases.enter_context(fresh_database(postgres_server_url))


@pytest.fixture
def postgres_url(fresh_postgres: Callable[[], str]) -> str:
    """A new, empty PostgreSQL database."""
    return fresh_postgres()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A new SQLite file, not made yet."""
    return f"sqlite:///{tmp_path / 'mirror.sqlite3'}"


@pytest.fixture(params=["postgres", "sqlite"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new, empty database of either kind: the test runs once on each."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def _redis_server_url() -> Iterator[str]:
    with redis_server() as running:
        yield running.url


@pytest.fixture
def redis_url(_redis_server_url: str) -> Iterator[str]:
    """An empty Redis database; parallel test processes have one each."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = f"{_redis_server_url.rpartition('/')[0]}/{number}"
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
        yield url
