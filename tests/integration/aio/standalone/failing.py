"""A server that goes away; PostgreSQL only, as SQLite has none."""

from __future__ import annotations

import asyncio

import psycopg
from asgiref.sync import sync_to_async
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connections,
    transaction,
)

from canvas.models.aio.pool import pool
from tests.integration.aio.standalone.ground import case, names, terms
from tests.integration.aio.standalone.servers import connect_aside

LOST = (OperationalError, InterfaceError)


async def end_all_connections() -> None:
    """As a restart of the server does.

    psycopg's pool notices lost connections one by one, with growing pauses in between; `check`
    makes it look at all of them now.
    """
    async with await connect_aside() as aside:
        await aside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    pool_of_psycopg = getattr(connections["default"], "pool", None)
    if pool_of_psycopg is not None:
        await asyncio.to_thread(pool_of_psycopg.check)


async def lose_the_server_inside() -> type[BaseException] | None:
    try:
        async with transaction.atomic():
            await terms.acreate(name="gone")
            await end_all_connections()
            await terms.acreate(name="gone")
    except LOST as error:
        return type(error)
    return None


@case(vendor="postgresql")
async def a_connection_lost_inside_a_block_is_an_error_and_not_used_again() -> str:
    lost = await lose_the_server_inside()
    assert lost is not None
    assert pool.busy == 0
    async with transaction.atomic():
        await terms.acreate(name="kept")
    await sync_to_async(close_old_connections)()
    assert await names() == ["kept"]
    return lost.__name__


@case(vendor="postgresql")
async def a_connection_lost_while_idle_is_replaced_when_it_is_checked() -> None:
    for _turn in range(3):
        async with transaction.atomic():
            await terms.acreate(name="kept")
        await end_all_connections()
    async with transaction.atomic():
        await terms.acreate(name="kept")
    await sync_to_async(close_old_connections)()
    assert await terms.acount() == 4


@case(vendor="postgresql")
async def the_driver_tells_the_same_of_a_lost_connection() -> None:
    """What `end_all_connections` does is what psycopg calls a lost connection."""
    async with await connect_aside() as aside:
        own = aside.info.backend_pid
        assert own
        try:
            await aside.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        except psycopg.OperationalError:
            return
    raise AssertionError("the connection survived")
