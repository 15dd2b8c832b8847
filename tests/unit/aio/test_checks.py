"""The system checks say how a database is opened wrongly, and what to write instead."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.test import override_settings

from canvas.checks import check_limits, check_postgres, check_sqlite
from canvas.models.aio import join
from settings.databases import SQLITE_OPTIONS

FILE = {"NAME": "/var/mirror.sqlite3"}
POSTGRES = {"NAME": "mirror", "CONN_MAX_AGE": 0}


def identities(messages: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


def sqlite(**changes: Any) -> list[CheckMessage]:
    return check_sqlite("default", FILE | {"OPTIONS": SQLITE_OPTIONS | changes})


def test_the_product_opens_sqlite_as_it_must() -> None:
    assert sqlite() == []


@pytest.mark.parametrize(
    ("option", "value", "identity"),
    [
        ("transaction_mode", "DEFERRED", "canvas.E002"),
        ("transaction_mode", None, "canvas.E002"),
        ("init_command", "PRAGMA synchronous=NORMAL", "canvas.E003"),
        ("timeout", 5, "canvas.E004"),
    ],
)
def test_each_way_to_open_sqlite_wrongly_is_an_error(
    option: str, value: object, identity: str
) -> None:
    assert identities(sqlite(**{option: value})) == [identity]


def test_sqlite_as_django_opens_it_by_itself_has_all_three_errors_with_the_cure() -> None:
    found = check_sqlite("default", FILE)
    assert identities(found) == ["canvas.E002", "canvas.E003", "canvas.E004"]
    assert all("IMMEDIATE" in str(message.hint) for message in found)


def test_the_mode_may_be_written_in_other_ways() -> None:
    assert sqlite(init_command="pragma journal_mode = 'wal'", transaction_mode="exclusive") == []


@pytest.mark.parametrize("name", [":memory:", "", "file:x?mode=memory&cache=shared"])
def test_a_database_in_memory_is_refused_outside_of_tests(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_sqlite("default", {"NAME": name}) == []
    monkeypatch.setattr("canvas.checks.is_test_environment", lambda: False)
    assert identities(check_sqlite("default", {"NAME": name})) == ["canvas.E001"]


def test_the_test_environment_is_recognised() -> None:
    assert join.is_test_environment()


def test_a_connection_for_every_block_is_a_warning_with_its_price() -> None:
    found = check_postgres("default", POSTGRES)
    assert identities(found) == ["canvas.W001"]
    assert "7 ms instead of 0.5 ms" in found[0].msg


@pytest.mark.parametrize("age", [600, None])
def test_connections_that_are_kept_are_fine(age: int | None) -> None:
    assert check_postgres("default", POSTGRES | {"CONN_MAX_AGE": age}) == []


@pytest.mark.parametrize("pool", [True, {"max_size": 15}, {"min_size": 8}])
def test_a_pool_smaller_than_twice_the_threads_is_a_warning(pool: Any) -> None:
    found = check_postgres("default", POSTGRES | {"OPTIONS": {"pool": pool}})
    assert identities(found) == ["canvas.W002"]
    assert "16" in str(found[0].hint)


def test_a_pool_for_twice_the_threads_is_fine() -> None:
    assert check_postgres("default", POSTGRES | {"OPTIONS": {"pool": {"max_size": 16}}}) == []


def test_limits_that_make_no_sense_are_an_error() -> None:
    with override_settings(ASYNC_ATOMIC={"THREADS": 0}):
        assert identities(check_limits()) == ["canvas.E005"]
    assert check_limits() == []
