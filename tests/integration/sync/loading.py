"""How the tests put records into the mirror: a page of payloads is one batch of one source."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import msgspec
from asgiref.sync import async_to_sync, sync_to_async

from canvas.models import CanvasIntegration, MirroredRow
from sync.batch import Batch, Progress, read_page
from sync.candidates import Candidates, Held
from sync.census import ResourceCounts
from sync.closing import Closing, close_tables
from sync.confirm import Findings
from sync.load import write_batch
from sync.missing import find_candidates
from sync.models import Run
from sync.plan import PLAN
from sync.proof import Proof, Proofs
from sync.tables import BY_NAME
from sync.target import Target
from sync.transform.rows import Payload, Row, Scope
from tests.unit.transform import payloads, work_payloads
from tests.unit.transform.payloads import COURSE

SOURCES = {source.name: source for source in PLAN}
EVERYTHING = {name: Proof() for name in SOURCES}


def all_gone(found: Candidates) -> Findings:
    """As if Canvas had nothing left of what is missing."""
    findings = Findings()
    for table in found.rows:
        findings.of(table).gone |= found.pks(table)
    return findings


def batch_of(
    source: str,
    *records: Payload,
    parent: int | None = None,
    page: int = 1,
    next_url: str | None = None,
    asked_at: dt.datetime | None = None,
) -> Batch:
    """A batch with one page; `page` counts from 1 and says where the checkpoint then is."""
    plan = SOURCES[source]
    progress = Progress(
        scope=Scope(course=COURSE, parent=parent),
        pages=page,
        records=len(records),
        next_url=next_url,
    )
    read = read_page(
        [msgspec.json.encode(record) for record in records],
        source=source,
        table=plan.table,
        transform=plan.transform,
        progress=progress,
        asked_at=asked_at,
        dated=plan.dated,
    )
    return Batch(source=source, rows=read.rows, rejects=read.rejects, progress=[progress])


@dataclass(slots=True)
class Mirror:
    """One integration and the run that is writing to it."""

    integration: CanvasIntegration
    run: Run = field(init=False)
    target: Target = field(init=False)

    def __post_init__(self) -> None:
        self.new_run()

    def new_run(self) -> None:
        self.run = Run.objects.create(integration=self.integration, course=COURSE)
        self.target = Target(integration=self.integration.pk, run=self.run.pk)

    async def anew_run(self) -> None:
        await sync_to_async(self.new_run)()

    async def awrite(self, batch: Batch) -> None:
        await write_batch(batch, self.target)

    def write(self, batch: Batch) -> None:
        async_to_sync(self.awrite)(batch)

    def load(self, source: str, *records: Payload, **options: Any) -> None:
        self.write(batch_of(source, *records, **options))

    def load_and_close(self, source: str, *records: Payload, **options: Any) -> None:
        """Nothing is proven but what the records themselves list in full."""
        self.load(source, *records, **options)
        assert self.close("course") == []

    def load_rows(self, source: str, *rows: Row) -> None:
        """Rows that no transform would make."""
        self.write(Batch(source=source, rows=list(rows)))

    def close(self, *proven: str, course: int = COURSE, accept_deletes: bool = False) -> list[Held]:
        """As if Canvas confirmed that all is gone. With nothing named, everything is proven."""
        proofs = {name: Proof() for name in proven} or EVERYTHING
        found = self.candidates(proofs, course=course, accept_deletes=accept_deletes)
        self.finish(found, all_gone(found), proofs)
        return list(found.held.values())

    def candidates(
        self, proofs: Proofs, *, course: int = COURSE, accept_deletes: bool = False
    ) -> Candidates:
        find = async_to_sync(find_candidates)
        return find(course, proofs, self.target, accept_deletes=accept_deletes)

    def finish(self, found: Candidates, findings: Findings, proofs: Proofs) -> None:
        """Close the tables with what asking came to."""
        whole = dict.fromkeys(BY_NAME, True)
        closing = Closing(candidates=found, findings=findings, proofs=proofs, complete=whole)
        async_to_sync(close_tables)(closing, self.target)

    def counts(self, table: str) -> ResourceCounts:
        return next(iter(self.target.census.counts({table: True}).values()))

    def fates(self, table: str) -> tuple[int, int, int]:
        """Created, updated, unchanged."""
        counts = self.counts(table)
        return counts.created, counts.updated, counts.unchanged

    def deleted(self, table: str) -> int:
        return self.counts(table).deleted

    def load_course(self, **changes: list[Payload]) -> None:
        """Course 101 with one record of each kind; `changes` by source replace its records."""
        for source, records in (little_course() | changes).items():
            self.load(source, *records)

    async def aload_at_once(self) -> None:
        await sync_to_async(self.load_at_once)()

    def load_at_once(self) -> None:
        """The same course in two transactions, which takes half the time.

        Not in one: a rubric comes from two sources, and of a key that comes twice the last wins.
        """
        batches = [batch_of(name, *records) for name, records in little_course().items()]
        for part in (batches[:8], batches[8:]):
            self.load_rows("course", *(row for batch in part for row in batch.rows))


def little_course() -> dict[str, list[Payload]]:
    """Source → records, in an order in which they can be stored."""
    return {
        "course": [payloads.course()],
        "sections": [payloads.section()],
        "enrollments": [payloads.enrollment()],
        "group_categories": [payloads.category()],
        "groups": [payloads.group()],
        "group_memberships": [payloads.membership()],
        "assignment_groups": [work_payloads.assignment_group()],
        "rubrics": [work_payloads.rubric()],
        "assignments": [work_payloads.assignment()],
        "submissions": [work_payloads.submission()],
        "quizzes": [payloads.quiz()],
        "new_quizzes": [payloads.new_quiz(id="701")],
    }


def alive(model: type[MirroredRow]) -> list[int]:
    """The Canvas ids of the rows that have not ended, those made here left out."""
    rows = model._default_manager.filter(deleted_at=None)
    return sorted(row.canvas_id for row in rows if row.canvas_id is not None)
