"""Which submissions of a course were written since, as its GraphQL tells, if it may be asked.

Source: canvas-api 5.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

import msgspec
import structlog

from canvas.client import Page, Stats
from canvas.client.batches import Id, IdWalk
from canvas.errors import AnswerTimeoutError, CanvasDownError, ContractError, SkippableError
from sync.changed_rows import CONNECTION, QUERY, ChangedRow, changed_row
from sync.extract import Reader

log = structlog.get_logger(__name__)

# After these REST may still be asked: GraphQL is refused, unknown, or too much for Canvas.
_ASK_OTHERWISE: Final = (SkippableError, ContractError, AnswerTimeoutError, CanvasDownError)
_PASSES: Final = 2
# Above it an import or a moved term has touched everything, and the whole list is the shorter way.
_MOST_ROWS: Final = 5_000


class ChangeReader(Reader, Protocol):
    """What is needed of `canvas.client.CanvasClient` besides reading listings."""

    stats: Stats

    def graphql(
        self,
        query: str,
        *,
        variables: Mapping[str, object] | None = None,
        connection: tuple[str, ...],
        source: str,
    ) -> AsyncIterator[Page]: ...

    def walk_ids(
        self,
        path: str,
        *,
        ids: Iterable[Id],
        name: str,
        params: Iterable[tuple[str, str]] = (),
        source: str,
    ) -> IdWalk: ...


@dataclass(slots=True, kw_only=True)
class Told:
    """The rows that changed by their ids; `page` says when they were asked for, and no more."""

    page: Page
    rows: dict[int, ChangedRow]

    @property
    def too_many(self) -> bool:
        return len(self.rows) > _MOST_ROWS


async def told_of_changes(
    reader: ChangeReader, *, course: int, since: dt.datetime, source: str
) -> Told | None:
    """None where GraphQL cannot be asked; raises what REST would fail by, too.

    Its pages are counted: when rows moved between them, it is asked once more.
    """
    told: Told | None = None
    try:
        for _ in range(_PASSES):
            rows_moved = False
            async for page in _pages(reader, course=course, since=since, source=source):
                told = told or Told(
                    page=replace(page, records=[], keys=(), completeness=None), rows={}
                )
                found = (changed_row(node, since=since) for node in page.records)
                told.rows |= {row.id: row for row in found}
                rows_moved |= page.completeness is not None and not page.completeness.proven
                if told.too_many:
                    return told
            if not rows_moved:
                break
    except _ASK_OTHERWISE as refusal:
        log.info("changes.asked_otherwise", source=source, code=refusal.code)
        return None
    except msgspec.DecodeError:
        log.warning("changes.asked_otherwise", source=source, code="unreadable")
        return None
    return told


def _pages(
    reader: ChangeReader, *, course: int, since: dt.datetime, source: str
) -> AsyncIterator[Page]:
    return reader.graphql(
        QUERY,
        variables={"course": str(course), "since": as_canvas_writes(since)},
        connection=CONNECTION,
        source=source,
    )


def as_canvas_writes(moment: dt.datetime) -> str:
    """UTC, to the second (canvas-api 0.3)."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
