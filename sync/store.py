"""Where a run's batches go: into the mirror, or into a rehearsal that leaves no trace."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Protocol

from asgiref.sync import sync_to_async
from django.db import router, transaction

from canvas.models import CanvasIntegration
from canvas.models.upsert import lock_tables
from sync.batch import Batch
from sync.census import Census
from sync.closing import Held
from sync.load import Target, write_batch
from sync.postprocess import postprocess
from sync.proof import Proofs
from sync.tables import TABLES


class Store(Protocol):
    """Takes batches while the course is read, and closes it when all were taken."""

    @property
    def census(self) -> Census:
        """Exact once `close` has returned."""
        ...

    async def apply(self, batch: Batch) -> None: ...

    async def close(self, course: int, proofs: Proofs, *, accept_deletes: bool) -> list[Held]: ...


class MirrorStore:
    """Writes batch by batch, one transaction each, one after the other."""

    def __init__(self, integration: CanvasIntegration, *, run: int | None) -> None:
        self._target = Target(integration=integration.pk, run=run)
        # Sources are read at once, and a batch must not link to rows another has not committed.
        self._turn = asyncio.Lock()

    @property
    def census(self) -> Census:
        return self._target.census

    async def apply(self, batch: Batch) -> None:
        async with self._turn:
            await write_batch(batch, self._target)

    async def close(self, course: int, proofs: Proofs, *, accept_deletes: bool) -> list[Held]:
        return await postprocess(course, proofs, self._target, accept_deletes=accept_deletes)


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

    async def close(self, course: int, proofs: Proofs, *, accept_deletes: bool) -> list[Held]:
        unsaved = self._integration._state.adding
        try:
            async with transaction.atomic():
                if unsaved:
                    await self._integration.asave()
                target = Target(integration=self._integration.pk, run=None)
                await sync_to_async(_lock_all)(target.integration)
                for batch in self._recorded():
                    await write_batch(batch, target)
                held = await postprocess(course, proofs, target, accept_deletes=accept_deletes)
                transaction.set_rollback(True)
        finally:
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


def _lock_all(integration: int) -> None:
    """One transaction of many batches locks tables out of order: another writer would deadlock."""
    models = dict.fromkeys(table.model for table in TABLES)
    lock_tables(models, integration, using=router.db_for_write(CanvasIntegration))
