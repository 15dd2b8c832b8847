"""Tests as a user of the models may have them; `test_plugin.py` runs them in a project of its own.

Ordinary `django_db`, so everything happens in one transaction for each test, whichever plugin runs
the coroutines.
"""

from __future__ import annotations

import asyncio

import pytest
from django.db import transaction

from canvas.models import CanvasTerm
from canvas.models.aio import dbsession

terms = CanvasTerm.objects


@pytest.fixture
def seed(db: None) -> CanvasTerm:
    return terms.create(name="seed")


@pytest.fixture
async def async_seed(db: None) -> CanvasTerm:
    return await terms.acreate(name="async seed")


async def work() -> None:
    async def one(number: int) -> None:
        async with transaction.atomic():
            await terms.acreate(name=f"row{number}")

    try:
        async with transaction.atomic():
            await one(0)
            raise KeyError
    except KeyError:
        pass
    await asyncio.gather(*[one(number) for number in range(4)])
    assert await terms.acount() == 4


@pytest.mark.django_db
async def test_blocks_work_in_the_transaction_of_the_test() -> None:
    await work()


@pytest.mark.django_db
async def test_a_second_test_starts_from_an_empty_database() -> None:
    await work()


async def test_rows_of_a_synchronous_fixture_are_seen(seed: CanvasTerm) -> None:
    async with transaction.atomic():
        assert await terms.filter(name="seed").aexists()
        await seed.adelete()
    assert await terms.acount() == 0


async def test_rows_of_an_async_fixture_are_seen(async_seed: CanvasTerm) -> None:
    async with transaction.atomic():
        assert await terms.filter(pk=async_seed.pk).aexists()


async def test_a_session_stays_in_the_transaction_of_the_test(seed: CanvasTerm) -> None:
    async with dbsession():
        assert await terms.acount() == 1


@pytest.mark.django_db(transaction=True)
async def test_blocks_commit_where_the_test_has_no_transaction() -> None:
    await work()


@pytest.mark.django_db
def test_nothing_is_left_behind() -> None:
    assert terms.count() == 0
