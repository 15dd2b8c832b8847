"""Two writers of the same rows at the same time: every row is created once and counted once."""

import threading

import pytest
from django.db import connection

from canvas.models import CanvasIntegration, CanvasTerm
from canvas.models.upsert import Counts, upsert

ROWS = 400


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_create_and_count_every_row_once() -> None:
    school = CanvasIntegration.objects.create(name="school", base_url="https://x.example.edu")
    rows = [{"integration_id": school.pk, "canvas_id": n, "extra": {}} for n in range(ROWS)]
    start, counted = threading.Barrier(2), list[Counts]()

    def write() -> None:
        start.wait()
        counted.append(upsert(CanvasTerm, rows).counts)
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted((c.created, c.unchanged) for c in counted) == [(0, ROWS), (ROWS, 0)]
