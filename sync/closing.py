"""The end of a course's tables: what is certainly gone gets its tombstone, its children likewise.

Certain is what Canvas confirmed, what a record that lists all of its children no longer has, and
what went with its parent. Rows, changes, figures and the watermark of a table commit together.
Inside a transaction all is one hop to the database thread.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from asgiref.sync import sync_to_async

from sync.candidates import Candidates
from sync.changes import Changed, record_changes
from sync.confirm import Findings
from sync.course_rows import live_rows
from sync.crashpoints import crashpoint
from sync.crosslisted import move
from sync.fence import fenced
from sync.figures import keep_figures
from sync.missing import gone_along, is_proven, still_unlisted
from sync.models import Change
from sync.plan import PLAN, Source
from sync.proof import Proofs
from sync.sweep import tombstone
from sync.tables import CLOSING, Table
from sync.target import Target
from sync.uneventful import nothing_ends
from sync.unseen import remember
from sync.watermarks import keep_watermarks

_SOURCES: Final[dict[str, Source]] = {source.table: source for source in PLAN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What reading a course and asking about it came to. `complete`: table → was read whole."""

    candidates: Candidates
    findings: Findings
    proofs: Proofs
    complete: Mapping[str, bool]

    @property
    def course(self) -> int:
        return self.candidates.course


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fate:
    """Primary keys of one table: those that end, and those to be looked for a second time."""

    ending: set[int]
    missed: set[int]


async def close_tables(closing: Closing, target: Target) -> None:
    """Every table of the course, one transaction each, or one for all of them where nothing ends.

    The watermarks of sources whose own table is not among them come last. It can be repeated.
    """
    if await sync_to_async(nothing_ends)(closing.candidates, target):
        await _commit(CLOSING, partial(_keep_all, closing, target), target)
        return
    for table in CLOSING:
        await _commit([table], partial(_close, table, closing, target), target)
    async with fenced(target.fence):
        await sync_to_async(_keep_other_watermarks)(closing, target)


async def _commit(tables: Collection[Table], work: Callable[[], int], target: Target) -> None:
    """`work` in one transaction; it says how many rows of the only table have ended."""
    async with fenced(target.fence):
        ended = await sync_to_async(work)()
        for _table in tables:
            crashpoint("closing.before_commit")
    for table in tables:
        target.census.of(table.name).deleted += ended
        crashpoint("closing.after_commit")


def _keep_all(closing: Closing, target: Target) -> int:
    keep_figures(CLOSING, closing.complete, target)
    every = [source.name for source in _SOURCES.values()]
    keep_watermarks(closing.course, closing.proofs, target, sources=every)
    return 0


def _keep_other_watermarks(closing: Closing, target: Target) -> None:
    closed = {table.name for table in CLOSING}
    others = [source.name for table, source in _SOURCES.items() if table not in closed]
    keep_watermarks(closing.course, closing.proofs, target, sources=others)


def _close(table: Table, closing: Closing, target: Target) -> int:
    fate = _fate(table, closing, target)
    ended = _end(table, fate.ending, target)
    _remember(table, fate, closing, target)
    keep_figures([table], closing.complete, target, ended=ended)
    _keep_watermark(table, closing, target, waits=bool(fate.missed))
    return ended


def _fate(table: Table, closing: Closing, target: Target) -> _Fate:
    """Looked at again, now that nobody waits for Canvas: others may have stored rows meanwhile."""
    orphans = _orphans(table, closing.course, target) if table.parent else set[int]()
    if table.name in closing.candidates.held:
        return _Fate(ending=orphans, missed=set())
    # Where Canvas has something that no listing had, the listing is wrong about the others, too.
    is_wrong = bool(closing.findings.of(table.name).there)
    waiting = set() if is_wrong else closing.findings.left_over(table.name)
    certain = _confirmed(table, closing, target) | _told(table, closing.proofs, target)
    if table.name in closing.candidates.accepted:
        # A person has looked; but whose a row is now, the next complete listing tells.
        certain |= waiting - closing.findings.of(table.name).unsure
    rows = closing.candidates.rows.get(table.name, ())
    certain |= {row.pk for row in rows if row.missed_before and row.pk in waiting}
    gone = still_unlisted(table, certain | waiting, target)
    along = gone_along(table, closing.course, closing.proofs, target)
    return _Fate(ending=gone & certain | along | orphans, missed=gone - certain)


def _confirmed(table: Table, closing: Closing, target: Target) -> set[int]:
    """What Canvas no longer has, or has in a course that is not mirrored."""
    answer = closing.findings.of(table.name)
    unlisted = still_unlisted(table, answer.moved, target)
    homes = {pk: course for pk, course in answer.moved.items() if pk in unlisted}
    homeless = move(table, homes, target) if homes else set[int]()
    return answer.gone | homeless | set(closing.candidates.departed.get(table.name, ()))


def _told(table: Table, proofs: Proofs, target: Target) -> set[int]:
    tally = target.census.of(table.name)
    return set() if is_proven(table, proofs) else set(tally.missing)


def _orphans(table: Table, course: int, target: Target) -> set[int]:
    """Rows whose parent is no longer listed end with it; they are revived when it comes back."""
    rows = live_rows(table, course, integration=target.integration).filter(table.only)
    orphans = rows.filter(**{f"{table.parent}__deleted_at__isnull": False})
    return set(orphans.values_list("pk", flat=True))


def _end(table: Table, pks: Collection[int], target: Target) -> int:
    if not pks:
        return 0
    ended = tombstone(table.model, sorted(pks), read_at=target.read_since)
    record_changes(
        (
            Changed(
                resource=table.reported_as,
                row_id=pk,
                canvas_id=canvas_id,
                kind=Change.Kind.DELETED,
            )
            for pk, canvas_id in ended.items()
        ),
        run=target.run,
    )
    return len(ended)


def _remember(table: Table, fate: _Fate, closing: Closing, target: Target) -> None:
    if table.proved_by:
        settled = fate.ending | closing.findings.of(table.name).there
        remember(table.name, closing.course, missed=fate.missed, settled=settled, target=target)


def _keep_watermark(table: Table, closing: Closing, target: Target, *, waits: bool) -> None:
    """None for a listing that did not have what is there: the next reading begins where it did."""
    source = _SOURCES.get(table.name)
    if source is None or any(closing.findings.of(name).there for name in source.feeds):
        return
    because = ""
    if any(name in closing.candidates.unheard for name in source.feeds):
        because = "what its rows belong to was not listed"
    if waits:
        because = "deletions wait to be seen a second time"
    if any(name in closing.findings.unanswered for name in source.feeds):
        because = "Canvas did not answer whether rows are gone"
    if any(name in closing.candidates.held for name in source.feeds):
        because = "deletions are held"
    keep_watermarks(
        closing.course, closing.proofs, target, sources=[source.name], full_because=because
    )
