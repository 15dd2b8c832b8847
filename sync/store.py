"""Where a run's batches go: into the mirror, or into a rehearsal that leaves no trace."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterator
from tempfile import TemporaryFile
from typing import IO, Protocol

from asgiref.sync import sync_to_async
from django.db import transaction

from canvas.models import CanvasIntegration
from sync.batch import Batch
from sync.census import Census
from sync.load import Target, write_batch
from sync.postprocess import Held, close_tables


class Store(Protocol):
    """`apply` and `close` run in the database thread; each is one hop."""

    @property
    def census(self) -> Census:
        """Exact once `close` has returned."""
        ...

    async def apply(self, batch: Batch) -> None: ...

    async def close(
        self, course: int, proven: Collection[str], *, accept_deletes: bool
    ) -> list[Held]: ...


class MirrorStore:
    """Writes batch by batch, one transaction each."""

    def __init__(self, integration: CanvasIntegration, *, run: int | None) -> None:
        self._target = Target(integration=integration.pk, run=run)

    @property
    def census(self) -> Census:
        return self._target.census

    async def apply(self, batch: Batch) -> None:
        await sync_to_async(write_batch)(batch, self._target)

    async def close(
        self, course: int, proven: Collection[str], *, accept_deletes: bool
    ) -> list[Held]:
        return await sync_to_async(close_tables)(
            course, proven, self._target, accept_deletes=accept_deletes
        )


class RehearsalStore:
    """Keeps the batches in an unnamed file, plays them in one transaction and rolls it back.

    So no transaction is open while Canvas is read, and the counts are those a real run would have.
    `integration` may be one that is not stored yet.
    """

    def __init__(self, integration: CanvasIntegration) -> None:
        self._integration = integration
        self._census = Census()
        self._spool: IO[bytes] = TemporaryFile()  # noqa: SIM115 -- it ends with this object

    @property
    def census(self) -> Census:
        return self._census

    async def apply(self, batch: Batch) -> None:
        pickle.dump(batch, self._spool, protocol=pickle.HIGHEST_PROTOCOL)

    async def close(
        self, course: int, proven: Collection[str], *, accept_deletes: bool
    ) -> list[Held]:
        return await sync_to_async(self._play)(course, proven, accept_deletes)

    def _play(self, course: int, proven: Collection[str], accept_deletes: bool) -> list[Held]:
        unsaved = self._integration._state.adding
        with transaction.atomic():
            if unsaved:
                self._integration.save()
            target = Target(integration=self._integration.pk, run=None)
            for batch in self._recorded():
                write_batch(batch, target)
            held = close_tables(course, proven, target, accept_deletes=accept_deletes)
            transaction.set_rollback(True)
        if unsaved:
            self._integration.pk, self._integration._state.adding = None, True
        self._census = target.census
        return held

    def _recorded(self) -> Iterator[Batch]:
        end = self._spool.tell()
        self._spool.seek(0)
        while self._spool.tell() < end:
            batch: Batch = pickle.load(self._spool)
            yield batch
