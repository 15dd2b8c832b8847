"""What an upsert leaves behind on a connection: rows, fresh statistics, and nothing else."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from asgiref.sync import sync_to_async
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from canvas.models import CanvasIntegration, CanvasTerm
from tests.integration.models.rows import Book

MANY = 40


def temporary_tables() -> list[str]:
    statement = (
        "SELECT relname FROM pg_class WHERE relpersistence = 't'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_temp_master"
    )
    return names_from(statement)


def analyzed() -> list[str]:
    """Tables with statistics, as the planner knows them."""
    statement = (
        "SELECT relname FROM pg_class WHERE relname = 'canvas_canvasterm' AND reltuples > 0"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE name LIKE 'sqlite_stat%'"
    )
    return names_from(statement)


def names_from(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [name for (name,) in cursor.fetchall()]


def test_the_way_the_rows_came_is_gone_before_the_transaction_ends(book: Book) -> None:
    book.write(*book.named(dict.fromkeys(range(MANY), "Spring")))
    assert temporary_tables() == []


def test_nothing_is_left_of_a_call_that_was_refused(book: Book) -> None:
    rows = list(book.named(dict.fromkeys(range(MANY), "Spring")))
    with pytest.raises(DataError):
        book.write(*rows, book.row(MANY, name="a\0b"))
    assert temporary_tables() == []
    assert book.counts(*rows) == (MANY, 0, 0)


def test_several_batches_of_several_tables_fit_in_one_transaction(book: Book) -> None:
    for name in ("Spring", "Summer", "Autumn"):
        with transaction.atomic():
            book.write(*book.named(dict.fromkeys(range(MANY), name)))
    assert CanvasTerm.objects.filter(name="Autumn").count() == MANY


def growing(book: Book, *, batches: int) -> Iterator[int]:
    """The number of ANALYZE statements of each batch of a thousand new rows in a new table."""
    if connection.vendor == "postgresql":  # pages of tests before, rolled back, are still there
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE canvas_canvasterm CASCADE")
    for batch in range(batches):
        rows = [book.row(batch * 1000 + n, name="a term " * 30) for n in range(1000)]
        with CaptureQueriesContext(connection) as queries:
            book.write(*rows)
        yield sum("ANALYZE" in query["sql"] for query in queries)


def test_statistics_are_taken_early_and_at_each_doubling(book: Book) -> None:
    taken = list(growing(book, batches=12))
    first = next((n for n, times in enumerate(taken) if times), None)
    if connection.vendor != "postgresql":
        assert (first, analyzed()) == (None, [])
        return
    assert first is not None
    assert analyzed() == ["canvas_canvasterm"]
    assert 2 <= sum(taken) <= 3
    assert taken[first + 1] == 0


def test_a_batch_that_creates_nothing_takes_no_statistics(book: Book) -> None:
    list(growing(book, batches=5))
    with CaptureQueriesContext(connection) as queries:
        book.write(*(book.row(n, name="other " * 10) for n in range(1000)))
    assert not [query for query in queries if "ANALYZE" in query["sql"]]


class Undone(Exception):
    pass


@pytest.mark.django_db(transaction=True)
async def test_an_async_block_takes_an_upsert_back_with_the_rest() -> None:
    school = await CanvasIntegration.objects.acreate(name="s", base_url="https://x.example.edu")
    rows = [{"integration_id": school.pk, "canvas_id": number} for number in range(MANY)]
    for created, ending in ((MANY, Undone()), (MANY, None), (0, None)):
        with suppress(Undone):
            async with transaction.atomic():
                counts = await CanvasTerm.objects.aupsert(rows)
                assert counts.created == created
                assert await sync_to_async(temporary_tables)() == []
                if ending:
                    raise ending
        assert await CanvasTerm.objects.acount() == (0 if ending else MANY)
