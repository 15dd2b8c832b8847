"""Rows as the loader hands them to `upsert`, and how the tests write them."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from canvas.models import CanvasIntegration, CanvasTerm, MirroredRow
from canvas.models.upsert import Counts, Outcome, Row, upsert
from canvas.models.upsert.postgres import CopyWriter
from canvas.models.upsert.sqlite import ManyWriter
from canvas.models.upsert.writers import Writer


def own_writers() -> list[Writer]:
    """Every way the database under test has of its own."""
    if connection.vendor == "postgresql":
        return [CopyWriter(copy_from=1), CopyWriter(copy_from=10**6), CopyWriter(copy_from=3)]
    return [ManyWriter()]


class Book:
    """Makes and writes rows of one integration, terms unless told otherwise."""

    def __init__(self, integration: CanvasIntegration) -> None:
        self.integration = integration

    def row(self, canvas_id: int | str | None, **values: Any) -> Row:
        own: Row = {"integration_id": self.integration.pk, "canvas_id": canvas_id, "extra": {}}
        return own | values

    def write(self, *rows: Row, model: type[MirroredRow] = CanvasTerm, **options: Any) -> Outcome:
        return upsert(model, rows, **options)

    def counts(self, *rows: Row, model: type[MirroredRow] = CanvasTerm) -> tuple[int, int, int]:
        """Created, updated, unchanged."""
        return three(self.write(*rows, model=model).counts)

    def term(self, canvas_id: int) -> CanvasTerm:
        return CanvasTerm.objects.get(integration=self.integration, canvas_id=canvas_id)

    def named(self, names: dict[int, str | None]) -> Iterable[Row]:
        return [self.row(canvas_id, name=name) for canvas_id, name in names.items()]


def three(counts: Counts) -> tuple[int, int, int]:
    return counts.created, counts.updated, counts.unchanged
