"""Rows as the loader hands them to `upsert`, and how the tests write them."""

from collections.abc import Iterable
from typing import Any

from canvas.models import CanvasIntegration, CanvasTerm, MirroredRow
from canvas.models.upsert import Counts, Outcome, Row, upsert


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
