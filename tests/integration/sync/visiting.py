"""Pages as a run delivers them: recognized where the mirror has a record just as it is."""

import asyncio
import datetime as dt
from dataclasses import dataclass

import msgspec
from asgiref.sync import async_to_sync

from canvas.client import Page
from sync.batch import Batch, Progress
from sync.batching import Fetched, deliver_batches
from sync.store import MirrorStore
from sync.transform.rows import Payload, Scope
from tests.integration.sync.loading import SOURCES, Mirror
from tests.unit.transform.payloads import COURSE
from tests.unit.transform.work_payloads import submission


def work(number: int = 752, **changes: object) -> Payload:
    """A submission without an assessment and without comments."""
    record = submission(**{"id": number, "submission_comments": []} | changes)
    del record["rubric_assessment"]
    return record


@dataclass(frozen=True, slots=True)
class Visit:
    """Canvas ids of the submissions that were decoded, and what the run counts."""

    decoded: list[int]
    batch: Batch


def visit(
    mirror: Mirror, *records: Payload, asked_at: dt.datetime | None = None, refused: int = 0
) -> Visit:
    """A new run reads one page of submissions. `refused`: a comment the database cannot hold."""
    mirror.new_run()
    batches: list[Batch] = []

    async def deliver(batch: Batch) -> None:
        batches.append(batch)
        for row in batch.rows:
            if row.table == "submission_comments" and row.key == refused:
                row.values["attempt"] = 2**63
        await mirror.awrite(batch)

    async_to_sync(_deliver)(mirror, _page(records, asked_at), deliver)
    (batch,) = batches
    own = [row.key for row in batch.rows if row.table == "submissions"]
    return Visit([key for key in own if isinstance(key, int)], batch)


async def _deliver(mirror: Mirror, page: Page, deliver: object) -> None:
    pages: asyncio.Queue[Fetched | None] = asyncio.Queue()
    progress = Progress(
        scope=Scope(course=COURSE), pages=1, records=len(page.records), next_url=None
    )
    for one in (Fetched(page, progress), None):
        await pages.put(one)
    store = MirrorStore(mirror.integration, run=mirror.run.pk)
    await deliver_batches(
        SOURCES["submissions"],
        pages,
        deliver=deliver,  # type: ignore[arg-type]
        recognize=store.recognize,
    )


def _page(records: tuple[Payload, ...], asked_at: dt.datetime | None) -> Page:
    return Page(
        records=[msgspec.Raw(msgspec.json.encode(record)) for record in records],
        next_url=None,
        number=1,
        status=200,
        body_bytes=0,
        path="",
        asked_at=asked_at,
    )
