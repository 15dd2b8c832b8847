"""Where a run's batches go: into the mirror, or into a rehearsal that leaves no trace."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from typing import IO, Protocol

from asgiref.sync import sync_to_async
from django.db import router, transaction

from canvas.models import CanvasIntegration
from canvas.models.upsert import lock_tables
from sync.agenda import reach_of
from sync.batch import OVERLAPPING, Batch
from sync.candidates import Candidates
from sync.census import Census
from sync.closing import Closing
from sync.confirm import Findings
from sync.earlier import Earlier
from sync.ended_course import end_course
from sync.fence import Fence
from sync.likeness import Look
from sync.load import write_batch
from sync.missing import find_candidates
from sync.plan import Source
from sync.postprocess import postprocess
from sync.prepare import prepare
from sync.proof import Proofs
from sync.reach import Question, Reach
from sync.recall import recall
from sync.recognition import Recognized, recognize, surely_absent
from sync.tables import TABLES
from sync.target import Target
from sync.turns import Turns


class Store(Protocol):
    """Takes batches while the course is read, and closes it when all were taken."""

    @property
    def census(self) -> Census:
        """Exact once `close` has returned."""
        ...

    async def recall(self) -> Earlier:
        """What earlier attempts of the run have left; to be asked before anything else."""
        ...

    async def reach(self, source: Source, question: Question) -> Reach:
        """How much of `source` is to be read now."""
        ...

    async def recognize(self, looks: Sequence[Look | None]) -> Recognized:
        """Records it has already, just as they are; they are handed over as counts."""
        ...

    async def prepare(self, batch: Batch) -> None:
        """Do what can be done for the batch while others are stored."""
        ...

    async def apply(self, batch: Batch) -> int:
        """How many records of the listing were set aside."""
        ...

    async def candidates(self, course: int, proofs: Proofs, *, accept_deletes: bool) -> Candidates:
        """What may be gone of a course whose listings were all taken. `course`: Canvas's id."""
        ...

    async def close(self, closing: Closing) -> None:
        """End what is gone, now that Canvas was asked about the candidates."""
        ...

    async def end_course(self, course: int) -> None:
        """Canvas says that the course was deleted."""
        ...


class MirrorStore:
    """Writes batch by batch, one transaction each, committed one after the other."""

    def __init__(
        self, integration: CanvasIntegration, *, run: int | None, fence: Fence | None = None
    ) -> None:
        self._target = Target(integration=integration.pk, run=run, fence=fence)
        self._turns = Turns()
        self._meets_none = True  # of the records last asked about the mirror had not one

    @property
    def census(self) -> Census:
        return self._target.census

    async def recall(self) -> Earlier:
        return await sync_to_async(recall)(self._target)

    async def reach(self, source: Source, question: Question) -> Reach:
        return await reach_of(source, question, self._target)

    async def recognize(self, looks: Sequence[Look | None]) -> Recognized:
        return await sync_to_async(self._recognized)(looks)

    def _recognized(self, looks: Sequence[Look | None]) -> Recognized:
        integration = self._target.integration
        known = surely_absent(looks, integration=integration) if self._meets_none else None
        known = known or recognize(looks, integration=integration)
        self._meets_none = len(known.absent) == len({look.key for look in looks if look})
        return known

    async def prepare(self, batch: Batch) -> None:
        if batch.sheets:
            batch.prepared = await sync_to_async(prepare)(batch, self._target)

    async def apply(self, batch: Batch) -> int:
        # Sources are read at once, and a batch must not link to rows another has not committed.
        # Those of submissions link to none of each other: their parents are of other sources.
        async with self._turns.turn(alone=batch.source != OVERLAPPING) as turn:
            return await write_batch(batch, self._target, turn)

    async def candidates(self, course: int, proofs: Proofs, *, accept_deletes: bool) -> Candidates:
        return await find_candidates(course, proofs, self._target, accept_deletes=accept_deletes)

    async def close(self, closing: Closing) -> None:
        await postprocess(closing, self._target)

    async def end_course(self, course: int) -> None:
        await end_course(course, self._target)


class RehearsalStore:
    """Keeps the batches in an unnamed file, plays them in one transaction and rolls it back.

    So no transaction is open while Canvas is read, and the counts are those a real run would have.
    `integration` may be one that is not stored yet.
    """

    def __init__(self, integration: CanvasIntegration) -> None:
        self._integration = integration
        self._census, self._is_closed = Census(), False
        self._spool: IO[bytes] = TemporaryFile()  # noqa: SIM115 -- it ends with this object

    @property
    def census(self) -> Census:
        return self._census

    async def recall(self) -> Earlier:
        """Nothing: a rehearsal is not gone on with."""
        return Earlier()

    async def reach(self, source: Source, question: Question) -> Reach:
        """Everything: what has changed is not known before the batches are played."""
        return Reach(because="a rehearsal reads everything")

    async def recognize(self, looks: Sequence[Look | None]) -> Recognized:
        """None: what the mirror has is asked when the batches are played."""
        return Recognized()

    async def prepare(self, batch: Batch) -> None:
        """Nothing: the batch is kept as it is."""

    async def apply(self, batch: Batch) -> int:
        """What the database would refuse is not known yet."""
        pickle.dump(batch, self._spool, protocol=pickle.HIGHEST_PROTOCOL)
        return len(batch.rejects)

    async def candidates(self, course: int, proofs: Proofs, *, accept_deletes: bool) -> Candidates:
        async with self._played() as target:
            found = await find_candidates(course, proofs, target, accept_deletes=accept_deletes)
            if not found.missed:
                await postprocess(_without_questions(found, proofs), target)
                self._is_closed = True
        return found

    async def close(self, closing: Closing) -> None:
        """The batches are played once more: nothing was kept while Canvas was asked."""
        if not self._is_closed:
            async with self._played() as target:
                await postprocess(closing, target)

    async def end_course(self, course: int) -> None:
        async with self._played() as target:
            await end_course(course, target)

    @asynccontextmanager
    async def _played(self) -> AsyncIterator[Target]:
        """The mirror as the batches leave it, until this ends; the census is of the last play."""
        unsaved = self._integration._state.adding
        try:
            async with transaction.atomic():
                if unsaved:
                    await self._integration.asave()
                target = Target(integration=self._integration.pk, run=None)
                await sync_to_async(_lock_all)(target.integration)
                for batch in self._recorded():
                    await write_batch(batch, target)
                yield target
                transaction.set_rollback(True)
        finally:
            if unsaved:
                self._integration.pk, self._integration._state.adding = None, True
        self._census = target.census

    def _recorded(self) -> Iterator[Batch]:
        end = self._spool.tell()
        self._spool.seek(0)
        while self._spool.tell() < end:
            batch: Batch = pickle.load(self._spool)
            yield batch


def _without_questions(candidates: Candidates, proofs: Proofs) -> Closing:
    return Closing(candidates=candidates, findings=Findings(), proofs=proofs, complete={})


def _lock_all(integration: int) -> None:
    """One transaction of many batches locks tables out of order: another writer would deadlock."""
    models = dict.fromkeys(table.model for table in TABLES)
    lock_tables(models, integration, using=router.db_for_write(CanvasIntegration))
