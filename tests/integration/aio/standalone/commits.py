"""What a block keeps and what it takes back."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.db.transaction import TransactionManagementError

from canvas.models import CanvasTerm
from tests.integration.aio.standalone.ground import (
    Boom,
    case,
    execute,
    names,
    raises,
    terms,
    thread,
)


@case()
async def a_nested_block_is_rolled_back_alone() -> None:
    async with transaction.atomic():
        await terms.acreate(name="outer")
        with raises(Boom):
            async with transaction.atomic():
                await terms.acreate(name="gone")
                raise Boom
        async with transaction.atomic():
            await terms.acreate(name="inner")
        assert await terms.acount() == 2
    assert await names() == ["inner", "outer"]


@case()
async def an_exception_rolls_everything_back() -> None:
    await terms.acreate(name="before")
    with raises(Boom):
        async with transaction.atomic():
            await terms.acreate(name="gone")
            async with transaction.atomic():
                await terms.filter(name="before").adelete()
            raise Boom
    assert await names() == ["before"]


@case()
async def all_statements_of_a_block_use_one_thread_and_not_the_one_around() -> None:
    around = await thread()
    async with transaction.atomic():
        outer = await thread()
        async with transaction.atomic():
            inner = await thread()
    assert outer == inner != around
    assert await thread() == around


@case()
async def synchronous_orm_code_in_a_block_is_part_of_it() -> None:
    with raises(Boom):
        async with transaction.atomic():
            await sync_to_async(terms.create)(name="gone")
            assert await terms.acount() == 1
            raise Boom
    assert await names() == []


@case()
async def a_database_error_that_is_swallowed_spoils_the_block_as_in_sync_django() -> None:
    first = await terms.acreate(name="first")
    with raises(TransactionManagementError):
        async with transaction.atomic():
            await terms.acreate(name="second")
            with raises(IntegrityError):
                await terms.acreate(pk=first.pk, name="third")
            await terms.acreate(name="fourth")
    assert await names() == ["first"]


@case()
async def a_rollback_can_be_ordered_without_an_exception() -> None:
    async with transaction.atomic():
        await terms.acreate(name="gone")
        assert transaction.get_rollback() is False
        transaction.set_rollback(True)
    assert await names() == []


@case()
async def savepoints_can_be_made_by_hand() -> None:
    create = getattr(transaction, "savepoint_create", transaction.savepoint)  # renamed in 6.1
    async with transaction.atomic():
        assert transaction.get_connection().in_atomic_block
        savepoint = await sync_to_async(create)()
        await terms.acreate(name="gone")
        await sync_to_async(transaction.savepoint_rollback)(savepoint)
        await terms.acreate(name="kept")
    assert await names() == ["kept"]


@case()
async def bulk_operations_work_inside_a_block() -> None:
    async with transaction.atomic():
        rows = await terms.abulk_create(
            CanvasTerm(name=f"t{number:03}", sis_import_id=number) for number in range(200)
        )
        for row in rows:
            row.sis_import_id = (row.sis_import_id or 0) + 1
        await terms.abulk_update(rows, ["sis_import_id"])
        await terms.aupdate_or_create(name="t005", defaults={"sis_import_id": 500})
        await terms.aget_or_create(name="new")
        total = await terms.aaggregate(total=Sum("sis_import_id"))
        assert len(await terms.ain_bulk([rows[0].pk])) == 1
    assert total == {"total": sum(range(1, 201)) - 6 + 500}
    assert await terms.acount() == 201


@case()
async def a_block_that_cannot_begin_leaves_nothing_behind() -> None:
    from django.db import OperationalError

    for _attempt in range(20):
        with raises(OperationalError):
            async with transaction.atomic("broken"):
                raise AssertionError("it began")
    async with transaction.atomic():
        with raises(OperationalError):
            async with transaction.atomic("broken"):
                raise AssertionError("it began")
        await terms.acreate(name="kept")
    assert await names() == ["kept"]


@case(vendor="postgresql")
async def a_commit_that_fails_rolls_back_and_frees_the_connection() -> None:
    def unsatisfied() -> None:
        execute("CREATE TABLE IF NOT EXISTS parent (id int PRIMARY KEY)")
        execute(
            "CREATE TABLE IF NOT EXISTS child"
            " (id int REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
        )
        execute("INSERT INTO child VALUES (1)")

    with raises(IntegrityError):
        async with transaction.atomic():
            await terms.acreate(name="gone")
            await sync_to_async(unsatisfied)()
    async with transaction.atomic():
        await terms.acreate(name="kept")
    assert await names() == ["kept"]


@case()
async def blocks_on_two_databases_end_each_on_its_own() -> None:
    with raises(Boom):
        async with transaction.atomic():
            await terms.acreate(name="gone")
            async with transaction.atomic("other"):
                await terms.using("other").acreate(name="kept")
            raise Boom
    with raises(Boom):
        async with transaction.atomic(), transaction.atomic("other"):
            await terms.acreate(name="gone")
            await terms.using("other").acreate(name="gone")
            raise Boom
    assert await names() == []
    assert await names("other") == ["kept"]
