"""The async terminals Django does not have: a list, lists of a size, and rows written by key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from asgiref.sync import sync_to_async
from django.db import models

from canvas.models.querysets.chunks import Chunks
from canvas.models.upsert import Counts, upsert

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow

_Row = TypeVar("_Row", bound=models.Model)


class AsyncQuerySet(models.QuerySet[_Row]):
    """Django's own `a…` methods, and those below; each goes to the database thread once."""

    async def aall(self) -> list[_Row]:
        """Every row of the query, prefetched rows included, as a list."""
        return await sync_to_async(self._as_list)()

    def achunks(self, size: int = 1000) -> Chunks[_Row]:
        """Lists of at most `size` rows, each with its prefetched rows, never more than one held.

        The cursor is closed when the last list was read or the loop is left; an iterator that is
        kept in a variable wants `contextlib.aclosing`. Raises ValueError for a size below 1.
        """
        if size < 1:
            raise ValueError(f"achunks(size={size}): a list needs room for at least one row")
        return Chunks(self, size=size)

    async def aupsert(self, rows: Iterable[dict[str, Any]]) -> Counts:
        """Insert or update `rows` by the model's Canvas key; see `canvas.models.upsert.upsert`."""
        model = cast("type[MirroredRow]", self.model)
        outcome = await sync_to_async(upsert)(model, list(rows), using=self.db)
        return outcome.counts

    def _as_list(self) -> list[_Row]:
        return list(self)
