"""What runs after a commit: plain functions, coroutine functions, and what returns a coroutine."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.db.transaction import TransactionManagementError, on_commit

from tests.integration.aio.standalone.ground import Boom, case, names, raises, terms, thread


@case()
async def hooks_run_after_the_commit_and_coroutines_are_awaited() -> None:
    log: list[object] = []

    async def count() -> None:
        log.append(await terms.acount())

    async with transaction.atomic():
        transaction.on_commit(lambda: log.append("plain"))
        transaction.on_commit(count)
        transaction.on_commit(lambda: count())
        transaction.on_commit(functools.partial(count))
        await terms.acreate(name="kept")
        assert log == []
    assert log == ["plain", 1, 1, 1]


class _Shy:
    """Shows to nobody what it holds, which may be much, and of people."""

    called = False

    def __repr__(self) -> str:
        raise Boom

    def note(self) -> None:
        self.called = True


@case()
async def a_hook_that_has_a_name_is_not_looked_into_for_another() -> None:
    shy = _Shy()
    async with transaction.atomic():
        transaction.on_commit(shy.note)
    assert shy.called


@case()
async def hooks_of_a_block_that_is_rolled_back_never_run() -> None:
    log: list[str] = []

    async def note(text: str) -> None:
        log.append(text)

    async with transaction.atomic():
        with raises(Boom):
            async with transaction.atomic():
                transaction.on_commit(lambda: note("nested"))
                raise Boom
        transaction.on_commit(lambda: note("outer"))
        transaction.set_rollback(True)
    assert log == []


@case()
async def a_hook_may_open_a_block() -> None:
    async def write() -> None:
        async with transaction.atomic():
            await terms.acreate(name="by the coroutine")

    async with transaction.atomic():
        transaction.on_commit(write)
    assert await names() == ["by the coroutine"]


@case()
async def a_plain_hook_may_open_a_block_by_async_to_sync() -> None:
    """On SQLite too, where the block that has just committed held the turn at the file."""

    async def write() -> None:
        async with transaction.atomic():
            await terms.acreate(name="by the hook")

    async with transaction.atomic():
        transaction.on_commit(lambda: async_to_sync(write)())
    assert await names() == ["by the hook"]


@case()
async def a_hook_registered_by_synchronous_code_in_a_block_is_awaited() -> None:
    log: list[int] = []

    async def note() -> None:
        log.append(threading.get_ident())

    async with transaction.atomic():
        await sync_to_async(transaction.on_commit)(note)
    assert log == [threading.get_ident()]  # on the loop, not on the thread of the connection


@case()
async def a_hook_that_raises_ends_the_row_and_is_heard() -> None:
    log: list[str] = []

    async def fail() -> None:
        raise Boom

    async def note() -> None:
        log.append("never")

    with raises(Boom):
        async with transaction.atomic():
            await terms.acreate(name="kept")
            transaction.on_commit(fail)
            transaction.on_commit(note)
    assert log == []
    assert await names() == ["kept"]


@case()
async def a_robust_hook_that_raises_does_not_keep_the_next_from_running() -> None:
    log: list[str] = []

    async def fail() -> None:
        raise Boom

    async def note() -> None:
        log.append("next")

    async with transaction.atomic():
        transaction.on_commit(fail, robust=True)
        transaction.on_commit(_fail, robust=True)
        transaction.on_commit(functools.partial(_fail), robust=True)
        transaction.on_commit(note)
    assert log == ["next"]


def _fail() -> None:
    raise Boom


@case()
async def a_name_imported_before_the_installation_works() -> None:
    log: list[str] = []

    async def note() -> None:
        log.append("awaited")

    async with transaction.atomic():
        on_commit(note)
    assert log == ["awaited"]


@case()
async def on_commit_in_a_coroutine_outside_of_a_block_says_what_to_do() -> None:
    async def note() -> None:
        raise AssertionError("it ran")

    with raises(TransactionManagementError, "note", "async with transaction.atomic()"):
        transaction.on_commit(note)


@case()
async def a_hook_of_a_block_below_synchronous_code_waits_for_the_outermost_commit() -> None:
    around, log = await thread(), list[int]()

    async def note() -> None:
        log.append(await thread())

    async def nested() -> None:
        async with transaction.atomic():
            transaction.on_commit(note)

    async with transaction.atomic():
        await sync_to_async(async_to_sync(nested))()
        assert log == []
    assert log == [around]


def _ran(call: Callable[[Callable[..., object]], None]) -> list[str]:
    log: list[str] = []

    async def note() -> None:
        log.append("awaited")

    call(note)
    return log


@case()
def a_coroutine_hook_of_synchronous_code_is_not_lost() -> None:
    def in_a_transaction(note: Callable[..., object]) -> None:
        with transaction.atomic():
            transaction.on_commit(note)
            transaction.on_commit(lambda: note())

    assert _ran(in_a_transaction) == ["awaited", "awaited"]
    assert _ran(transaction.on_commit) == ["awaited"]  # no transaction: at once, as Django does


@case()
def a_hook_of_a_block_inside_a_synchronous_transaction_waits_for_its_commit() -> None:
    log: list[str] = []

    async def note() -> None:
        log.append("awaited")

    async def work() -> None:
        async with transaction.atomic():
            transaction.on_commit(note)

    with transaction.atomic():
        async_to_sync(work)()
        assert log == []
    assert log == ["awaited"]
