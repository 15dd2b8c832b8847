"""Two writers of the same rows at the same time: every row is created once and counted once."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from canvas.models import CanvasIntegration, CanvasTerm
from canvas.models.upsert import Counts, Outcome, Row, upsert
from canvas.models.upsert.writers import PortableWriter, Writer, writer_for

ROWS = 400
ROUNDS = 6
WRITERS = pytest.mark.parametrize("own", [True, False], ids=["the database's own", "portable"])
pytestmark = pytest.mark.django_db(transaction=True)


def chosen(own: bool) -> Writer:
    return writer_for("default") if own else PortableWriter()


def school() -> CanvasIntegration:
    return CanvasIntegration.objects.create(name="school", base_url="https://x.example.edu")


def at_once(*works: Callable[[], None]) -> None:
    start = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        start.wait()
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@WRITERS
def test_two_writers_at_once_create_and_count_every_row_once(own: bool) -> None:
    integration = school()
    rows = [{"integration_id": integration.pk, "canvas_id": n, "extra": {}} for n in range(ROWS)]
    counted = list[Counts]()

    def write() -> None:
        counted.append(upsert(CanvasTerm, rows, writer=chosen(own)).counts)

    at_once(write, write)
    assert sorted((c.created, c.unchanged) for c in counted) == [(0, ROWS), (ROWS, 0)]


@WRITERS
def test_writers_whose_rows_overlap_count_each_change_once(own: bool) -> None:
    """Each round both change the same half, in opposite order, to the same new value."""
    integration, outcomes = school(), list[Outcome]()

    def row(number: int, turn: int) -> Row:
        return {"integration_id": integration.pk, "canvas_id": number, "name": f"turn {turn}"}

    def write(rows: list[Row]) -> None:
        outcomes.append(upsert(CanvasTerm, rows, writer=chosen(own)))

    for turn in range(ROUNDS):
        low, high = ([row(n, turn) for n in range(100 * s, 100 * s + 200)] for s in (0, 1))
        at_once(lambda rows=low: write(rows), lambda rows=high[::-1]: write(rows))  # type: ignore[misc]
    assert sum(outcome.counts.created for outcome in outcomes) == 300
    assert sum(outcome.counts.updated for outcome in outcomes) == 300 * (ROUNDS - 1)
    assert CanvasTerm.objects.filter(name=f"turn {ROUNDS - 1}").count() == 300


@WRITERS
def test_a_row_that_ends_while_it_is_written_is_not_brought_back_by_chance(own: bool) -> None:
    """Whichever comes first, nothing of the other is lost: the name is new, and either the row
    ended after it was written or it was revived and is said to be."""
    integration = school()
    key = {"integration_id": integration.pk, "canvas_id": 1}
    for turn in range(ROUNDS):
        upsert(CanvasTerm, [key | {"name": "old"}])
        outcomes = list[Outcome]()

        def write(turn: int = turn, outcomes: list[Outcome] = outcomes) -> None:
            outcomes.append(upsert(CanvasTerm, [key | {"name": f"{turn}"}], writer=chosen(own)))

        def end() -> None:
            with transaction.atomic():
                CanvasTerm.objects.update(deleted_at=timezone.now())

        at_once(write, end)
        term = CanvasTerm.objects.get()
        assert (term.name, term.deleted_at is None) == (f"{turn}", bool(outcomes[0].revived))
