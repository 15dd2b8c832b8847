"""`@transaction.atomic` on coroutine functions, `durable`, context managers and exit stacks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

from django.db import transaction

from canvas.models.aio import install
from tests.integration.aio.standalone.ground import Boom, case, names, raises, terms


@case()
async def a_decorated_coroutine_function_is_a_transaction() -> None:
    @transaction.atomic
    async def write(name: str, *, fails: bool) -> str:
        await terms.acreate(name=name)
        if fails:
            raise Boom
        return name

    assert await write("kept", fails=False) == "kept"
    with raises(Boom):
        await write("gone", fails=True)
    assert write.__name__ == "write"
    assert await names() == ["kept"]


@case()
async def a_decorated_method_is_a_transaction() -> None:
    class Writer:
        @transaction.atomic(savepoint=False)
        async def write(self) -> None:
            await terms.acreate(name="gone")
            raise Boom

    with raises(Boom):
        await Writer().write()
    assert await names() == []


@case()
def a_decorated_plain_function_is_what_it_was() -> None:
    @transaction.atomic
    def write() -> None:
        terms.create(name="gone")
        raise Boom

    with raises(Boom):
        write()
    assert terms.count() == 0


@case()
async def a_durable_block_refuses_to_be_nested() -> None:
    @transaction.atomic(durable=True)
    async def write() -> None:
        await terms.acreate(name="row")

    await write()
    with raises(RuntimeError, "durable"):
        async with transaction.atomic():
            await write()
    assert await names() == ["row"]


@case()
async def a_context_manager_made_of_a_generator_may_hold_a_block() -> None:
    @asynccontextmanager
    async def unit() -> AsyncIterator[None]:
        async with transaction.atomic():
            yield

    async with unit():
        await terms.acreate(name="kept")
    with raises(Boom):
        async with unit():
            await terms.acreate(name="gone")
            raise Boom
    assert await names() == ["kept"]


@case()
async def an_exit_stack_may_hold_a_block() -> None:
    with raises(Boom):
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(cast(Any, transaction.atomic()))
            await terms.acreate(name="gone")
            raise Boom
    assert await names() == []


@case()
def installing_again_changes_nothing() -> None:
    before = transaction.Atomic.__aenter__
    assert install() is False
    assert transaction.Atomic.__aenter__ is before
