"""MirrorQuerySet: what can be asked of every mirrored table, and the one way rows reach it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from asgiref.sync import sync_to_async
from django.db import models

from canvas.models.upsert import Counts, upsert

if TYPE_CHECKING:
    from canvas.models.mirrored import MirroredRow

_Row = TypeVar("_Row", bound=models.Model)


class MirrorQuerySet(models.QuerySet[_Row]):
    """Chainable filters first, then one async terminal; Django's own `a…` methods work as well."""

    def live(self) -> Self:
        """Leave out what Canvas no longer lists (`deleted_at`)."""
        return self.filter(deleted_at__isnull=True)

    def for_integration(self, integration: models.Model | int) -> Self:
        return self.filter(integration=integration)

    def for_course(self, course: models.Model | int) -> Self:
        """Rows of one course, given as an instance or by its `id` here (not Canvas's)."""
        path = cast("type[MirroredRow]", self.model).course_path
        if not path:
            raise TypeError(f"{self.model.__name__} rows belong to no course")
        return self.filter(**{path: course.pk if isinstance(course, models.Model) else course})

    def changed_since(self, instant: dt.datetime) -> Self:
        """Rows created or changed at or after `instant`, by the clock of this database's writer."""
        return self.filter(changed_at__gte=instant)

    async def aall(self) -> list[_Row]:
        """Every row of the query, as a list."""
        return [row async for row in self]

    async def achunks(self, size: int = 1000) -> AsyncIterator[list[_Row]]:
        """Lists of at most `size` rows, never holding more than one of them."""
        chunk: list[_Row] = []
        async for row in self.aiterator(chunk_size=size):
            chunk.append(row)
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    async def aupsert(self, rows: Iterable[dict[str, Any]]) -> Counts:
        """Insert or update `rows` by the model's Canvas key; see `canvas.models.upsert.upsert`."""
        model = cast("type[MirroredRow]", self.model)
        outcome = await sync_to_async(upsert)(model, list(rows), using=self.db)
        return outcome.counts
