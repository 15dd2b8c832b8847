"""Where blocks may be opened: below synchronous code, in requests, several loops, after a fork."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.db import connections, transaction
from django.test import AsyncClient, Client

from canvas.models.aio import close_idle
from tests.integration.aio.standalone.ground import Boom, case, names, raises, terms, thread


async def three_blocks() -> None:
    async def one(number: int) -> None:
        async with transaction.atomic():
            await terms.acreate(name=f"row{number}")

    await one(0)
    await asyncio.gather(one(1), one(2))


@case()
def synchronous_code_may_call_a_coroutine_with_blocks() -> None:
    async def work() -> int:
        await three_blocks()
        return await thread()

    assert async_to_sync(work)() == threading.get_ident()
    assert terms.count() == 3


@case()
def blocks_below_a_synchronous_transaction_are_rolled_back_with_it() -> None:
    with raises(Boom), transaction.atomic():
        terms.create(name="outer")
        async_to_sync(three_blocks)()
        assert terms.count() == 4
        raise Boom
    assert terms.count() == 0


@case()
def a_block_below_a_synchronous_transaction_is_rolled_back_alone() -> None:
    async def fail() -> None:
        async with transaction.atomic():
            await terms.acreate(name="gone")
            raise Boom

    with transaction.atomic():
        terms.create(name="kept")
        with suppress(Boom):
            async_to_sync(fail)()
    assert [row.name for row in terms.all()] == ["kept"]


@case()
async def synchronous_code_inside_a_block_may_call_coroutines_with_blocks() -> None:
    def back_again() -> int:
        async_to_sync(three_blocks)()
        return threading.get_ident()

    with raises(Boom):
        async with transaction.atomic():
            assert await sync_to_async(back_again)() == await thread()
            assert await terms.acount() == 3
            raise Boom
    assert await names() == []


@case()
async def a_context_as_a_request_has_it_is_found_again_after_a_block() -> None:
    plain = await thread()
    async with ThreadSensitiveContext():
        around = await thread()
        async with transaction.atomic():
            await terms.acreate(name="kept")
            inside = await thread()
        assert await thread() == around
        assert len({plain, around, inside}) == 3
        await sync_to_async(connections.close_all)()
    assert await thread() == plain


@case()
async def a_thread_sensitive_context_after_a_block_is_a_new_one() -> None:
    around = await thread()
    async with transaction.atomic():
        await terms.acreate(name="kept")
    async with ThreadSensitiveContext():
        assert await thread() != around
        await sync_to_async(connections.close_all)()


@case()
async def requests_at_once_do_not_mix() -> None:
    async def request(number: int) -> None:
        async with ThreadSensitiveContext():
            try:
                await terms.acount()
                async with transaction.atomic():
                    await terms.acreate(name=f"row{number}")
                    if number % 2:
                        raise Boom
            finally:
                await sync_to_async(connections.close_all)()

    await asyncio.gather(*[request(number) for number in range(10)], return_exceptions=True)
    assert await names() == [f"row{number}" for number in range(0, 10, 2)]


async def asked_by_asgi(path: str) -> int:
    """The status of the answer of the ASGI application, as a server asks it."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    server = cast(Any, ApplicationCommunicator)(get_asgi_application(), scope)
    await server.send_input({"type": "http.request"})
    start = await server.receive_output(20)
    while (await server.receive_output(20)).get("more_body"):
        pass
    await server.wait(20)
    return int(start["status"])


@case()
async def async_views_under_asgi_may_open_blocks() -> None:
    paths = [f"/write/{number}/" for number in range(4)] + ["/fail/"]
    answers = await asyncio.gather(*[asked_by_asgi(path) for path in paths])
    assert answers == [200, 200, 200, 200, 500]
    assert await names() == [f"row{number}" for number in range(4)]


@case()
async def an_async_view_asked_by_the_test_client_may_open_blocks() -> None:
    client = AsyncClient(raise_request_exception=False)
    answers = [await client.get(f"/write/{number}/") for number in range(4)]
    answers.append(await client.get("/fail/"))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 500]
    assert await names() == [f"row{number}" for number in range(4)]


@case()
def an_async_view_under_wsgi_may_open_blocks() -> None:
    answers = [Client().get(f"/write/{number}/") for number in range(4)]
    answers.append(Client(raise_request_exception=False).get("/fail/"))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 500]
    found = terms.order_by("name").values_list("name", flat=True)
    assert list(found) == [f"row{number}" for number in range(4)]


async def ten_blocks() -> None:
    async def one() -> None:
        async with transaction.atomic():
            await terms.acreate(name="row")

    await asyncio.gather(*[one() for _number in range(10)])


@case()
def several_loops_in_threads_share_the_pool() -> None:
    threads = [threading.Thread(target=asyncio.run, args=(ten_blocks(),)) for _number in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert terms.count() == 50


@case()
def a_loop_may_follow_another() -> None:
    for _turn in range(5):
        asyncio.run(ten_blocks())
    assert terms.count() == 50


@case()
async def a_context_copied_to_another_loop_is_outside_of_the_block() -> None:
    """`asyncio.to_thread` copies the context; what runs there is not the block's."""
    async with transaction.atomic():
        inside = await thread()
        outside = await asyncio.to_thread(lambda: asyncio.run(thread()))
    assert outside != inside


def in_a_fork(work: Callable[[], object]) -> int:
    """The exit status of a forked child that does `work`; it is ended if it hangs."""
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        try:
            work()
            close_idle()
        except BaseException:  # noqa: BLE001  the parent is told by the status
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@case()
def a_forked_child_has_a_pool_of_its_own() -> None:
    asyncio.run(ten_blocks())  # threads exist, and connections in them
    connections.close_all()
    assert in_a_fork(lambda: asyncio.run(ten_blocks())) == 0
    assert in_a_fork(lambda: async_to_sync(ten_blocks)()) == 0
    asyncio.run(ten_blocks())  # what the children did has not hurt ours
    assert terms.count() == 40
