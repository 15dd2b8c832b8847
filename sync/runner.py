"""The only loop: every source of a plan as soon as those before it are done, then the closing.

Says what happened; who started it, when, and what follows is not its business.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Protocol

import structlog

from canvas.errors import BadRecordError
from sync import plan
from sync.batch import Batch
from sync.earlier import Earlier
from sync.extract import Reading, Stop, first_of, read
from sync.finish import finish
from sync.narrowing import Narrowing
from sync.outcome import Course, Order
from sync.plan import Source
from sync.reach import Question, Reach
from sync.store import Store
from sync.told import ChangeReader
from sync.tolerance import Tolerance
from sync.transform.rows import Scope
from sync.witness import Witness

__all__ = ["Course", "Order", "Watch", "read_course"]

log = structlog.get_logger(__name__)


class Watch(Protocol):
    """Told what is going on, page by page."""

    def started(self, source: str) -> None: ...

    def stored(self, source: str, *, pages: int, rows: int) -> None: ...

    def finished(self, source: str, *, complete: bool) -> None: ...


async def read_course(
    order: Order,
    *,
    reader: ChangeReader,
    store: Store,
    watch: Watch,
    stop: Stop,
    narrowing: Narrowing | None = None,
) -> Course:
    """Read and store one course, or of it what `narrowing` says.

    Errors of Canvas are in the result, each with its source; errors of the database are raised, and
    what was stored before them stays.
    """
    loop = _Loop(order, reader=reader, store=store, watch=watch, stop=stop)
    return await (loop.run_narrowed(narrowing) if narrowing else loop.run(plan.select(order.only)))


class _Ending:
    """Set when somebody wishes it, and when one source found that going on is useless."""

    def __init__(self, wish: Stop, course: Course) -> None:
        self._wish, self._course = wish, course

    def is_set(self) -> bool:
        return self._wish.is_set() or self._course.fatal is not None


class _Loop:
    def __init__(
        self, order: Order, *, reader: ChangeReader, store: Store, watch: Watch, stop: Stop
    ) -> None:
        self._order, self._reader, self._store = order, reader, store
        self._watch, self._stop = watch, stop
        self._course = Course()
        self._listed: dict[str, list[int]] = {}
        # Asked for by a global id, Canvas answers with the local one, and so do all its listings.
        self._course_id = order.course
        self._begun: dt.datetime | None = None
        self._earlier = Earlier()
        self._tolerance = Tolerance()
        self._narrowing: Narrowing | None = None

    async def run(self, sources: tuple[Source, ...]) -> Course:
        self._earlier = await self._store.recall()
        self._course.dropped |= self._earlier.dropped
        return await self._read_and_close(sources)

    async def run_narrowed(self, narrowing: Narrowing) -> Course:
        """Nothing is gone on with: what an earlier attempt has read may be dirty again."""
        self._narrowing = narrowing
        if plan.PLAN[0] not in narrowing.sources:
            self._course.take_for_read(plan.PLAN[0].name)
        return await self._read_and_close(narrowing.sources)

    async def _read_and_close(self, sources: tuple[Source, ...]) -> Course:
        self._parents = {source.per for source in sources if source.per}
        self._embeds = {source.table: source.embeds for source in sources if source.embeds}
        if (first := plan.PLAN[0]) in sources:
            await self._read(first)
            self._insist_on_course(first)
        if self._course.was_read:
            await self._read_all([source for source in sources if source is not first])
        self._course.note_completeness(sources)
        if not self._course.fatal and not self._course.stopped:
            await self._close()
        return self._course

    async def _close(self) -> None:
        await finish(
            self._course,
            self._course_id,
            reader=self._reader,
            store=self._store,
            stop=self._stop,
            accept_deletes=self._order.accept_deletes,
        )

    def _insist_on_course(self, source: Source) -> None:
        """A course record that was set aside leaves nothing that its rows could belong to."""
        reading = self._course.readings[source.name]
        if reading.complete and not self._listed.get(source.table):
            reading.error = BadRecordError(source=source.name, record_id=self._order.course)

    async def _read_all(self, sources: Iterable[Source]) -> None:
        done = {source.name: asyncio.Event() for source in sources}
        try:
            async with asyncio.TaskGroup() as group:
                for source in sources:
                    before = [done[name] for name in source.after if name in done]
                    group.create_task(self._read_in_turn(source, before, done[source.name]))
        except BaseExceptionGroup as failures:
            error = first_of(failures)
        else:
            return
        raise error from error.__cause__

    async def _read_in_turn(
        self, source: Source, before: list[asyncio.Event], done: asyncio.Event
    ) -> None:
        for event in before:
            await event.wait()
        try:
            await self._read(source)
        finally:
            done.set()

    async def _read(self, source: Source) -> None:
        if self._useless(source):
            self._course.not_read.add(source.name)
            self._course.readings[source.name] = Reading(stopped=self._stop.is_set())
            return
        self._watch.started(source.name)
        witness = await self._witness(source)
        scopes = witness.of(self._scopes(source))
        reading = await read(
            source,
            scopes,
            reader=witness.reader,
            deliver=partial(self._deliver, keeps_place=witness.keeps_place),
            stop=_Ending(self._stop, self._course),
            bookmarks=self._earlier.bookmarks.get(source.name) if witness.keeps_place else None,
            recognize=self._store.recognize,
            prepare=self._store.prepare,
        )
        if source.name in self._earlier.stored and not witness.keeps_place:
            reading.note_beginning(self._earlier.began_at)  # some rows were seen as early as then
        self._begun = self._begun or reading.began_at
        self._course.proved[source.name] = witness.proof(reading, scopes=scopes, begun=self._begun)
        if source.optional and (reading.refused or reading.gap) and not reading.error:
            self._course.absent.add(source.name)
            reading.refused, reading.gap = None, None
        self._course.left_out |= reading.left_out
        self._course.readings[source.name] = reading
        self._watch.finished(source.name, complete=reading.complete)

    async def _witness(self, source: Source) -> Witness:
        if self._narrowing is not None:
            narrow = await self._narrowing.witness(
                source, self._question(), reader=self._reader, store=self._store
            )
            if narrow is not None:
                return narrow
        reach = await self._reach(source)
        if source.ways:
            log.info(
                "reach.decided", source=source.name, mode=str(reach.mode), because=reach.because
            )
        return Witness(source, reach, reader=self._reader, course=self._course_id)

    async def _reach(self, source: Source) -> Reach:
        if self._earlier.bookmarks.get(source.name):
            return Reach(because="that is how it was begun")
        return await self._store.reach(source, self._question())

    def _question(self) -> Question:
        return Question(
            course=self._course_id,
            full=self._order.full or self._order.accept_deletes,
            proven=self._course.proven(),
        )

    def _useless(self, source: Source) -> bool:
        """Nothing can come of it: the run is ending, or its parents could not be read."""
        if self._stop.is_set() or self._course.fatal:
            return True
        unread, readings = self._course.not_read, self._course.readings
        needs = [name for name in source.needs if name in readings]
        return any(
            name in unread or readings[name].error or (readings[name].refused and source.per == "")
            for name in needs
        )

    def _scopes(self, source: Source) -> list[Scope]:
        course = self._course_id
        if not source.per:
            return [Scope(course=course)]
        # Rows that moved between pages while we paged come twice.
        listed = self._listed.get(source.per, ())
        parents = dict.fromkeys([*self._earlier.parents.get(source.per, ()), *listed])
        return [Scope(course=course, parent=parent) for parent in parents]

    async def _deliver(self, batch: Batch, *, keeps_place: bool = True) -> None:
        self._note_dropped(batch)
        refused = await self._store.apply(batch if keeps_place else replace(batch, progress=[]))
        for row in batch.rows:
            if row.table in self._parents and isinstance(row.key, int):
                self._listed.setdefault(row.table, []).append(row.key)
            elif row.table == "courses" and isinstance(row.key, int):
                self._course_id = row.key
                self._listed["courses"] = [row.key]
        self._watch.stored(batch.source, pages=batch.pages, rows=batch.row_count)
        self._tolerance.note(batch, refused=refused)

    def _note_dropped(self, batch: Batch) -> None:
        """Before the batch is stored: whoever goes on with the run must know it too."""
        for row in batch.rows:
            if row.table in self._embeds:
                self._course.dropped |= set(self._embeds[row.table]) - set(row.whole)
        for sheet in batch.sheets:
            self._course.dropped |= set(self._embeds.get(sheet.table, ())) - set(sheet.whole)
        embeds = plan.BY_NAME[batch.source].embeds
        batch.dropped = frozenset(self._course.dropped.intersection(embeds))
