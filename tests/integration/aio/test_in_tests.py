"""Blocks inside tests: in the transaction of a test they are savepoints, elsewhere real ones."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.test import AsyncClient, TestCase, TransactionTestCase, override_settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from canvas.models import CanvasTerm
from canvas.models.aio import dbsession

terms = CanvasTerm.objects


@pytest.fixture
def seed(db: None) -> CanvasTerm:
    return terms.create(name="seed")


async def write(name: str) -> int:
    """The thread it was written on."""
    async with transaction.atomic():
        await terms.acreate(name=name)
        return await sync_to_async(threading.get_ident)()


async def test_a_block_in_an_ordinary_test_joins_its_transaction(seed: CanvasTerm) -> None:
    assert await write("joined") == await sync_to_async(threading.get_ident)()
    assert await terms.acount() == 2


async def test_a_joined_block_is_rolled_back_alone(seed: CanvasTerm) -> None:
    async with transaction.atomic():
        await seed.adelete()
        transaction.set_rollback(True)
    assert await terms.acount() == 1


async def test_gathered_blocks_in_an_ordinary_test_run_one_after_the_other(
    seed: CanvasTerm,
) -> None:
    await asyncio.gather(*[write(f"row{number}") for number in range(5)])
    assert await terms.acount() == 6


async def test_what_joined_blocks_wrote_is_gone_after_the_test(db: None) -> None:
    assert await terms.acount() == 0


async def test_a_session_in_an_ordinary_test_sees_its_rows(seed: CanvasTerm) -> None:
    async with dbsession():
        assert await terms.acount() == 1


def test_hooks_of_joined_blocks_are_captured_and_awaited(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    heard: list[str] = []

    async def work() -> None:
        async with transaction.atomic():
            transaction.on_commit(lambda: note())

    async def note() -> None:
        heard.append("awaited")

    with django_capture_on_commit_callbacks(execute=True) as hooks:
        async_to_sync(work)()
    assert len(hooks) == 1
    assert heard == ["awaited"]


@pytest.mark.django_db(transaction=True)
async def test_a_block_in_a_transactional_test_is_a_real_one() -> None:
    assert await write("committed") != await sync_to_async(threading.get_ident)()
    assert await terms.acount() == 1


@override_settings(ROOT_URLCONF="tests.integration.aio.site", SECURE_SSL_REDIRECT=False)
async def test_a_view_with_a_block_can_be_asked_in_an_ordinary_test(seed: CanvasTerm) -> None:
    answer = await AsyncClient().get("/write/7/")
    assert answer.status_code == 200
    assert await terms.acount() == 2


class JoinedTest(TestCase):
    """Django's own way to run an async test in a transaction."""

    async def test_a_durable_block_is_allowed_as_in_sync_django(self) -> None:
        async with transaction.atomic(durable=True):
            await terms.acreate(name="row")
        assert await terms.acount() == 1

    async def test_nothing_is_left_of_the_other_test(self) -> None:
        assert await terms.acount() == 0


class RealTest(TransactionTestCase):
    """And without a transaction around it."""

    async def test_half_of_the_gathered_blocks_stay(self) -> None:
        async def one(number: int) -> None:
            async with transaction.atomic():
                await terms.acreate(name=f"row{number}")
                if number % 2:
                    raise KeyError

        outcomes = await asyncio.gather(*[one(n) for n in range(8)], return_exceptions=True)
        assert sum(isinstance(each, KeyError) for each in outcomes) == 4
        assert await terms.acount() == 4
