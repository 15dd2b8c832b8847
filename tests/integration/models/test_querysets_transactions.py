"""The terminals in and around `async with transaction.atomic()`, with connections of their own."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Coroutine, Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from canvas.models import CanvasTerm
from tests.integration.models.test_querysets_terminals import open_cursors

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _only_what_is_made_here_is_looked_through() -> Iterator[None]:
    """By the garbage collector, for which the whole suite would be a hundred times as much."""
    gc.freeze()
    yield
    gc.unfreeze()


class LeftError(Exception):
    """Ends a block with a rollback."""


async def make_terms(count: int = 25) -> None:
    rows = [CanvasTerm(canvas_id=number, name="before") for number in range(1, count + 1)]
    await CanvasTerm.objects.abulk_create(rows)


async def test_every_terminal_sees_what_its_block_has_written() -> None:
    async with transaction.atomic():
        await make_terms()
        live = CanvasTerm.objects.live().order_by("canvas_id")
        assert len(await live.aall()) == await live.acount() == 25
        assert [len(chunk) async for chunk in live.achunks(10)] == [10, 10, 5]
        assert [row.canvas_id async for row in live.aiterator(chunk_size=4)] == [*range(1, 26)]
        assert (await live.aget(canvas_id=3)).canvas_id == 3
        assert await live.filter(canvas_id__lte=5).aupdate(name="after") == 5


async def test_nothing_of_it_stays_after_a_rollback() -> None:
    with pytest.raises(LeftError):
        await leave(make_terms())
    assert await CanvasTerm.objects.aall() == []


async def leave(work: Coroutine[None, None, None]) -> None:
    """Do `work` in a block that ends by an error."""
    async with transaction.atomic():
        await work
        raise LeftError


async def first_list() -> None:
    async for _chunk in CanvasTerm.objects.achunks(5):
        break


async def test_a_loop_over_lists_writes_each_in_a_block_of_its_own() -> None:
    await make_terms()
    async for chunk in CanvasTerm.objects.order_by("pk").achunks(10):
        async with transaction.atomic():
            await CanvasTerm.objects.filter(pk__in=[row.pk for row in chunk]).aupdate(name="after")
    assert await CanvasTerm.objects.filter(name="after").acount() == 25


async def test_breaking_off_in_a_block_disturbs_neither_it_nor_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await make_terms()
    for _round in range(20):
        async with transaction.atomic():
            await first_list()
        async with transaction.atomic():
            await CanvasTerm.objects.filter(canvas_id=7).aupdate(name="after")
        await settled()
        async with transaction.atomic():
            assert await sync_to_async(open_cursors)() == 0
    assert caplog.messages == []
    assert await CanvasTerm.objects.filter(name="after").acount() == 1


async def test_breaking_off_disturbs_no_savepoint(caplog: pytest.LogCaptureFixture) -> None:
    await make_terms()
    async with transaction.atomic():
        for number in range(1, 21):
            await first_list()
            async with transaction.atomic():
                await CanvasTerm.objects.filter(canvas_id=number).aupdate(name="after")
                await settled()
        assert await sync_to_async(open_cursors)() == 0
    assert caplog.messages == []
    assert await CanvasTerm.objects.filter(name="after").acount() == 20


async def settled() -> None:
    """Whatever was left to other tasks or to the garbage collector has happened."""
    gc.collect()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    gc.collect()


async def test_a_block_that_ends_by_an_error_inside_the_loop_closes_the_cursor(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="asyncio")
    await make_terms()
    with pytest.raises(LeftError):
        await leave(first_list())
    await settled()
    async with transaction.atomic():
        assert await sync_to_async(open_cursors)() == 0
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
