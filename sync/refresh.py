"""A refresh: what events have made dirty of a course, read again with a few requests.

It takes the marks that are due, reads what they name, stores it as every reading does, and settles
them. What it finds to have moved with that, such as the submissions of an assignment with another
due date, it marks and reads, too. A row that was asked for and did not come is no deletion: then
the list it would be in is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.db import transaction

from sync.changed_rows import IDS_AT_ONCE
from sync.clock import in_seconds
from sync.extract import Stop
from sync.marked import MarkedPeople, MarkedWork
from sync.marked_rows import pages_of_people, sizes_of, those_who_left, unlisted, unnamed
from sync.marks import Taken, mark, settle, take, take_also
from sync.outcome import Course, Order
from sync.plan import BY_NAME, PLAN, Source
from sync.reach import Question, Reach
from sync.runner import Watch, read_course
from sync.store import Store
from sync.targets import ENROLLMENTS, SUBMISSIONS, Dirty, Wanted, of_source, of_work, wanted_of
from sync.told import ChangeReader
from sync.witness import MarkedWitness, Witness

log = structlog.get_logger(__name__)

MEMBERSHIPS: Final = "group_memberships"
# With what these tell, submissions move.
_MOVERS: Final = frozenset({"assignments", ENROLLMENTS})


async def read_ordered(
    order: Order,
    *,
    integration: int,
    reader: ChangeReader,
    store: Store,
    watch: Watch,
    stop: Stop,
) -> Course:
    """The course, or of it what is marked now where the order has targets, whatever they are.

    Raises what `read_course` does. A reading that fails leaves its marks.
    """
    if order.targets is None:
        return await read_course(order, reader=reader, store=store, watch=watch, stop=stop)
    refresh = Refresh(integration, order.course)
    await refresh.begin()
    if not refresh.sources:
        return _nothing()
    course = await read_course(
        order, reader=reader, store=store, watch=watch, stop=stop, narrowing=refresh
    )
    await refresh.end(course)
    return course


def _nothing() -> Course:
    course = Course()
    course.take_for_read(PLAN[0].name)
    return course


class Refresh:
    """One reading of what is marked of a course; a `Narrowing`. `course` is Canvas's id."""

    def __init__(self, integration: int, course: int) -> None:
        self._integration, self._course = integration, course
        self._taken: list[Taken] = []
        self._wanted = Wanted()
        self._work: MarkedWork | None = None
        self._whole: set[str] = set()

    async def begin(self) -> None:
        """Take the marks."""
        self._taken = await sync_to_async(take)(self._integration, self._course)
        self._wanted = wanted_of(one.dirty for one in self._taken)
        self._whole = set(self._wanted.sources)
        if len(self._wanted.people) > await self._most_people():
            self._whole.add(ENROLLMENTS)
        log.info("refresh.begun", marks=len(self._taken), whole=sorted(self._whole))

    async def _most_people(self) -> int:
        """Of more it takes fewer requests to read the whole list."""
        if len(self._wanted.people) <= 1:
            return 1
        return await sync_to_async(pages_of_people)(self._integration, self._course)

    @property
    def sources(self) -> tuple[Source, ...]:
        """In the order of the plan, with those that the whole ones need."""
        names = set(self._whole)
        for source in reversed(PLAN):
            names |= set(source.needs) if source.name in names else set()
        if self._wanted.people:
            names.add(ENROLLMENTS)
        if self._wanted.of_submissions or names & _MOVERS:
            names.add(SUBMISSIONS)
        return tuple(source for source in PLAN if source.name in names)

    async def witness(
        self, source: Source, question: Question, *, reader: ChangeReader, store: Store
    ) -> Witness | None:
        if source.name == ENROLLMENTS and source.name not in self._whole:
            people = MarkedPeople(reader, self._wanted.people)
            return MarkedWitness(source, people, asked=reader, course=self._course)
        if source.name == MEMBERSHIPS and source.name in self._whole:
            # Who changed places leaves the groups as large as they were.
            return Witness(source, Reach(), reader=reader, course=self._course)
        if source.name != SUBMISSIONS:
            return None
        await self._follow(store)
        await self._leave_out_who_left()
        sizes = await self._sizes()
        if source.name not in self._whole:
            self._work = MarkedWork(reader, self._wanted, sizes=sizes)
            return MarkedWitness(
                source, self._work, asked=reader, course=self._course, lists=self._work.lists
            )
        reach = await store.reach(source, question)
        witness = Witness(source, reach, reader=reader, course=self._course)
        self._work = MarkedWork(reader, self._wanted, sizes=sizes, rest=witness.reader)
        witness.reader = self._work
        return witness

    async def _sizes(self) -> dict[int, int]:
        """Of few works nobody need know how long the lists are in which they would be, too."""
        if len(self._wanted.works) <= IDS_AT_ONCE:
            return {}
        assignments = {assignment for assignment, _ in self._wanted.works}
        return await sync_to_async(sizes_of)(self._integration, assignments)

    async def _follow(self, store: Store) -> None:
        """Want what has moved with what this reading has stored, too."""
        question = Question(course=self._course, of_this_run=True)
        reach = await store.reach(BY_NAME[SUBMISSIONS], question)
        await self._also(of_work(assignment=assignment) for assignment in reach.parents)
        await self._also(of_work(student=student) for student in reach.students)
        await sync_to_async(self._look_for_the_unnamed)(reach.students)

    def _look_for_the_unnamed(self, moved: Collection[int]) -> None:
        """Whose work it is Canvas hides in some assignments; who left took theirs along."""
        if those_who_left(self._integration, self._course, moved):
            self._read_lists(unnamed(self._integration, self._course))

    def _read_lists(self, assignments: Collection[int]) -> None:
        """The whole lists of these, by the next refresh; with the assignments they prove what is
        gone."""
        if not assignments:
            return
        log.info("refresh.looks_closer", assignments=len(assignments))
        marks = {of_work(assignment=assignment) for assignment in assignments}
        with transaction.atomic():
            at_once = in_seconds(0)
            whole = marks | {of_source("assignments")}
            mark(self._integration, self._course, whole, due_at=at_once)

    async def _also(self, found: Iterable[Dirty]) -> None:
        known = {one.dirty for one in self._taken}
        new = set(found) - known
        self._taken += await sync_to_async(take_also)(self._integration, self._course, new)
        for one in new:
            self._wanted.add(one)

    async def _leave_out_who_left(self) -> None:
        """Canvas refuses a whole request for the sake of one of them (trap 46)."""
        people = self._wanted.students | {student for _, student in self._wanted.works}
        left = await sync_to_async(those_who_left)(self._integration, self._course, people)
        self._wanted.students -= left
        self._wanted.works = {work for work in self._wanted.works if work[1] not in left}

    async def end(self, course: Course) -> None:
        """Settle the marks of a reading that came to its end; others are due again later."""
        failed = any(reading.error for reading in course.readings.values())
        if failed or course.stopped or (course.gone and not course.is_deleted):
            return
        if not course.is_deleted:
            await sync_to_async(self._look_closer)()
        await sync_to_async(settle)(self._taken)

    def _look_closer(self) -> None:
        """Rows that the mirror has and Canvas did not show: the whole list of their assignment."""
        last = {one.dirty for one in self._taken if one.is_last_look}
        works = {work for work in self._wanted.works if _as_dirty(work) in last}
        if not works or self._work is None:
            return
        self._read_lists(unlisted(self._integration, works, received=self._work.received))


def _as_dirty(work: tuple[int, int]) -> Dirty:
    return of_work(assignment=work[0], student=work[1])
