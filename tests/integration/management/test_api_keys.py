"""API keys at rest: a digest and a prefix, found again, revoked, their use noted."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection

from management.errors import CommandStopped
from management.keys import create_key, find_key, list_keys, revoke_key
from management.models import ApiKey

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


async def test_a_key_is_found_again(db: None) -> None:
    row, key = await create_key("dashboard")
    assert await find_key(key) == row
    assert await find_key(key + "0") is None


async def test_the_key_itself_is_stored_nowhere(db: None) -> None:
    row, key = await create_key("dashboard")
    secret = key.rpartition("_")[2]
    stored = [values async for values in ApiKey.objects.values()]
    assert secret not in repr([row, str(row), vars(row), stored])
    assert stored[0]["digest"] == hashlib.sha256(key.encode()).hexdigest()


async def test_a_key_has_256_random_bits_and_a_prefix(db: None) -> None:
    row, key = await create_key("dashboard")
    assert re.fullmatch(r"cm_[0-9a-f]{8}_[0-9a-f]{64}", key)
    assert key.startswith(f"cm_{row.prefix}_")
    assert (await create_key("other"))[1].rpartition("_")[2] != key.rpartition("_")[2]


async def test_of_two_keys_with_one_prefix_each_opens_as_itself(db: None) -> None:
    (one, first), (two, second) = await create_key("one"), await create_key("two")
    same = second.replace(two.prefix, one.prefix)
    digest = hashlib.sha256(same.encode()).hexdigest()
    await ApiKey.objects.filter(pk=two.pk).aupdate(prefix=one.prefix, digest=digest)
    assert [await find_key(first), await find_key(same)] == [one, two]


async def test_a_name_is_in_force_once(db: None) -> None:
    row, key = await create_key("dashboard")
    with pytest.raises(CommandStopped, match="an API key called dashboard is in force already"):
        await create_key("dashboard")
    assert await find_key(key) == row


async def test_a_name_is_free_again_once_revoked(db: None) -> None:
    _, old = await create_key("dashboard")
    await revoke_key("dashboard")
    row, new = await create_key("dashboard")
    assert [await find_key(old), await find_key(new)] == [None, row]
    assert [key.revoked_at is None for key in await list_keys()] == [True, False]


async def test_revoking_what_is_not_in_force_names_what_is(db: None) -> None:
    await create_key("dashboard")
    with pytest.raises(CommandStopped, match=r"no API key called report .*in force: dashboard"):
        await revoke_key("report")
    await revoke_key("dashboard")
    with pytest.raises(CommandStopped, match=r"no API key called dashboard .*in force: none"):
        await revoke_key("dashboard")


async def last_used() -> dt.datetime | None:
    return (await ApiKey.objects.aget()).last_used_at


async def test_the_use_of_a_key_is_noted_once_a_minute(db: None) -> None:
    _, key = await create_key("dashboard")
    noted = []
    for seconds in (0, 1, 59, 60, 61):
        with time_machine.travel(NOW + dt.timedelta(seconds=seconds), tick=False):
            await find_key(key)
        noted.append(await last_used())
    minute = NOW + dt.timedelta(minutes=1)
    assert noted == [NOW, NOW, NOW, minute, minute]


async def test_a_key_that_is_refused_was_not_used(db: None) -> None:
    _, key = await create_key("dashboard")
    await find_key(key[:-1])
    assert await last_used() is None


def locked(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """What SQLite says to a second writer that has waited long enough."""
    if sql.startswith("UPDATE"):
        raise OperationalError("database is locked")
    return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_a_use_that_cannot_be_noted_opens_all_the_same() -> None:
    row, key = async_to_sync(create_key)("dashboard")
    with connection.execute_wrapper(locked):
        assert async_to_sync(find_key)(key) == row
    assert async_to_sync(last_used)() is None
