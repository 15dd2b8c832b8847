"""Two writers of the same rows at the same time: every row is created once and counted once."""

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from canvas.models import CanvasIntegration, CanvasRubric, CanvasRubricCriterion, CanvasTerm
from canvas.models.upsert import Counts, Key, Outcome, Row, upsert
from canvas.models.upsert.decision import Writing
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


class Interrupted:
    """A writer before whose turn somebody else tries to end every row."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.refused = writer, list[str]()

    def write(self, writing: Writing) -> dict[Key, int]:
        at_once(self._end)
        return self.writer.write(writing)

    def _end(self) -> None:
        limits = {"postgresql": "SET lock_timeout = '100ms'", "sqlite": "PRAGMA busy_timeout = 100"}
        with connection.cursor() as cursor:
            cursor.execute(limits[connection.vendor])
        try:
            CanvasTerm.objects.update(deleted_at=timezone.now())
        except OperationalError as error:
            self.refused.append(str(error))


@WRITERS
def test_nobody_changes_a_row_between_its_comparison_and_its_writing(own: bool) -> None:
    key, writer = {"integration_id": school().pk, "canvas_id": 1}, Interrupted(chosen(own))
    upsert(CanvasTerm, [key | {"name": "old"}])
    upsert(CanvasTerm, [key | {"name": "new"}], writer=writer)
    assert len(writer.refused) == 1
    assert CanvasTerm.objects.get().deleted_at is None


@WRITERS
def test_parts_that_do_not_name_their_integration_are_counted_once_too(own: bool) -> None:
    integration = school()
    rubric = CanvasRubric.objects.create(integration=integration, canvas_id=901)
    bare = [{"rubric_id": rubric.pk, "canvas_id": str(n), "extra": {}} for n in range(ROWS)]
    named = [row | {"integration_id": integration.pk} for row in bare]
    created = list[int]()

    def write(rows: list[Row]) -> None:
        for start in range(0, ROWS, 50):
            part = rows[start : start + 50]
            outcome = upsert(CanvasRubricCriterion, part, writer=chosen(own))
            created.append(outcome.counts.created)

    at_once(lambda: write(bare), lambda: write(named))
    assert sum(created) == CanvasRubricCriterion.objects.count() == ROWS
