"""One batch into the database in one transaction: upsert, changes, rejects, checkpoint.

The statements of a batch are two hops to the database thread, its rows and then the ledger: either
it is there with its checkpoint, or nothing of it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from operator import itemgetter

from asgiref.sync import sync_to_async
from django.db import DatabaseError, DataError, IntegrityError, transaction

from canvas.models import CanvasSubmission, MirroredRow
from canvas.models.stored import key_columns
from canvas.models.upsert import (
    Fate,
    Fresh,
    Key,
    Outcome,
    insert_prepared,
    upsert,
)
from sync.batch import Batch, Rejected
from sync.census import Census
from sync.changes import (
    Created,
    changes_of,
    created_of,
    record_changes,
    record_created,
)
from sync.crashpoints import crashpoint
from sync.excerpt import excerpt
from sync.fence import fenced
from sync.ledger import write_ledger
from sync.likeness import EMBEDDED
from sync.place import Placed, place
from sync.plan import BY_NAME as SOURCES
from sync.prepare import prepare, prepared
from sync.sight import encode_sight
from sync.stale import AsStored, known_before, without_children_of
from sync.sweep import sweep
from sync.tables import BY_NAME, TABLES, Table
from sync.target import Target, Written
from sync.transform.rows import Row
from sync.transform.sheet import Sheet
from sync.turns import Turn


async def write_batch(batch: Batch, target: Target, turn: Turn | None = None) -> int:
    """Store the batch and count it. Of one target, one batch at a time, unless it has a turn.

    Returns how many records of the listing were set aside.
    """
    written = Written(rejects=list(batch.rejects))
    try:
        async with fenced(target.fence):
            await sync_to_async(_write)(batch, target, written)
            if turn is not None:
                # What was seen goes into the ledger, with what the batch before has seen.
                await turn.before_is_stored()
            await sync_to_async(_keep_ledger)(batch, target, written)
            crashpoint("load.before_commit")
            # Whoever cancels us while the commit is on its way finds it done.
            transaction.on_commit(written.note_commit)
            if turn is not None:
                turn.let_next_begin()
        written.is_stored = True
        crashpoint("load.after_commit")
    except BaseException:
        target.links.forget()
        raise
    finally:
        if written.is_stored:
            target.note_reading(batch)
            _count(written, target.census)
    return written.refused


def _write(batch: Batch, target: Target, written: Written) -> None:
    crashpoint("load.before_rows")
    _write_tables(batch, target, written)
    record_created(written.created, run=target.run)
    record_changes(written.changes, run=target.run)


def _keep_ledger(batch: Batch, target: Target, written: Written) -> None:
    crashpoint("load.before_ledger")
    own = SOURCES[batch.source].table
    written.refused = sum(one.table == own for one in written.rejects)
    written.rejects = [one for one in written.rejects if one not in target.set_aside]
    if target.run is not None:
        write_ledger(
            batch,
            run=target.run,
            rejects=written.rejects,
            sight=_sight(batch, target, written),
        )


def _sight(batch: Batch, target: Target, written: Written) -> bytes:
    return encode_sight(
        target.census,
        {*SOURCES[batch.source].feeds, *written.fates},
        seen=written.fates,
        missing=written.missing,
        dropped=batch.dropped,
    )


def _write_tables(batch: Batch, target: Target, written: Written) -> None:
    rows_of: dict[str, list[Row]] = {}
    for row in batch.rows:
        rows_of.setdefault(row.table, []).append(row)
    placed: dict[str, list[AsStored]] = {}
    for sheet, fresh in zip(batch.sheets, batch.prepared or prepare(batch, target), strict=True):
        to_insert = prepared(sheet, target) if sheet.is_listed else fresh
        if not _insert(sheet, to_insert, written):
            rows_of.setdefault(sheet.table, []).extend(sheet.rows())
    for table in TABLES:
        if rows := rows_of.get(table.name):
            ready = list(_place(table, rows, target, batch.source, written))
            ready = without_children_of(written.stale, table, ready)
            placed[table.name] = _store(table, ready, batch.source, written)
    _read_again(written.unsure)
    written.missing = sweep(
        known_before(placed, written.fates, written.stale), unsure=written.unsure
    )
    for name, pks in batch.unchanged.items():
        fates = written.fates.setdefault(name, {})
        fates |= dict.fromkeys((pk for pk in pks if pk not in fates), Fate.UNCHANGED)


def _read_again(unsure: Mapping[str, Collection[int]]) -> None:
    """Rows of which a part was refused lose their marks: that part is not as their records say."""
    for name, parents in unsure.items():
        if name in EMBEDDED:
            CanvasSubmission.objects.filter(pk__in=parents).update(payload_hash="")


def _insert(sheet: Sheet, fresh: Fresh | None, written: Written) -> bool:
    """Whether all of its rows were new and are now stored; if not, nothing was done.

    Before the rows of the batch: parents of these came before, and so did those of plain rows.
    """
    table = BY_NAME[sheet.table]
    try:
        pks = fresh and insert_prepared(fresh)
    except (DatabaseError, OverflowError, ValueError) as error:
        if not _is_about_a_value(error):
            raise
        return False
    if not pks:
        return False
    written.created.append(
        Created(resource=table.reported_as, row_ids=pks, canvas_ids=list(sheet.keys))
    )
    written.fates.setdefault(table.name, {}).update(dict.fromkeys(pks, Fate.CREATED))
    return True


def _place(
    table: Table, rows: list[Row], target: Target, source: str, written: Written
) -> Iterator[Placed]:
    """Rows that can be stored; one whose required parent is missing is set aside."""
    for one in place(table, rows, integration=target.integration, links=target.links):
        if one.missing:
            reason = f"its {one.missing} is not in the mirror"
            written.rejects.append(_rejected(source, table, one.row, reason))
        else:
            yield one


def _store(table: Table, placed: list[Placed], source: str, written: Written) -> list[AsStored]:
    """Upsert; where the database refuses a value, halve until the one record is found."""
    key_of = itemgetter(*key_columns(table.model))
    keys = [key_of(one.values) for one in placed]
    try:
        outcome = _upsert(table.model, dict(zip(keys, placed, strict=True)), placed)
    except (DatabaseError, OverflowError, ValueError) as error:
        if not _is_about_a_value(error):
            raise
        if len(placed) == 1:
            _set_aside(table, placed[0], error, source=source, written=written)
            return []
        middle = len(placed) // 2
        return [
            *_store(table, placed[:middle], source, written),
            *_store(table, placed[middle:], source, written),
        ]
    written.created.append(created_of(table, outcome))
    written.changes += changes_of(table, outcome)
    if outcome.stale:
        stale = written.stale.setdefault(table.model, set())
        stale |= {outcome.ids[key] for key in outcome.stale}
    fates = written.fates.setdefault(table.name, {})
    for key, pk in outcome.ids.items():
        fates[pk] = max(outcome.fates[key], fates.get(pk, Fate.UNCHANGED))
    return [(one, outcome.ids[key]) for one, key in zip(placed, keys, strict=True)]


def _is_about_a_value(error: Exception) -> bool:
    """PostgreSQL's class 54, such as an index entry too large, comes as an operational error."""
    if isinstance(error, DatabaseError) and not isinstance(error, DataError | IntegrityError):
        return str(getattr(error.__cause__, "sqlstate", "")).startswith("54")
    return True


def _set_aside(
    table: Table, placed: Placed, error: Exception, *, source: str, written: Written
) -> None:
    reason = f"the database refuses it: {type(error).__name__}"
    written.rejects.append(_rejected(source, table, placed.row, reason))
    if table.parent:
        parents = written.unsure.setdefault(table.name, set())
        parents.add(placed.values[f"{table.parent}_id"])


def _upsert(model: type[MirroredRow], by_key: dict[Key, Placed], placed: list[Placed]) -> Outcome:
    return upsert(
        model,
        [one.values for one in placed],
        initial={key: one.first for key, one in by_key.items() if one.first},
        outdated={key: one.outdated for key, one in by_key.items() if one.outdated},
        withdrawn={key: one.withdrawn for key, one in by_key.items() if one.withdrawn},
    )


def _rejected(source: str, table: Table, row: Row, reason: str) -> Rejected:
    return Rejected(
        source=source,
        table=table.name,
        canvas_id=str(row.key)[:100],
        reason=reason,
        excerpt=excerpt({"id": row.key} | row.values),
    )


def _count(written: Written, census: Census) -> None:
    for table, fates in written.fates.items():
        census.of(table).add(fates)
    for table, missing in written.missing.items():
        census.of(table).missing.update(missing)
    for reject in written.rejects:
        census.of(reject.table).set_aside.append(reject.canvas_id)
