"""One call of `upsert`: keys, lock, decision, writer; owns none of what these do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING

from django.db import connections, router, transaction

from canvas.models.stored import Key, Row, key_columns
from canvas.models.upsert.comparing import is_older
from canvas.models.upsert.decision import Batch, decide
from canvas.models.upsert.outcome import Outcome
from canvas.models.upsert.writers import Writer, writer_for

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow

# pg_advisory_xact_lock takes two 32-bit numbers.
_LOCK_NUMBERS = 2**31
_NOTHING: Row = {}


def upsert(
    model: type[MirroredRow],
    rows: Iterable[Row],
    *,
    initial: Mapping[Key, Row] | None = None,
    outdated: Mapping[Key, Iterable[str]] | None = None,
    withdrawn: Mapping[Key, Iterable[str]] | None = None,
    using: str | None = None,
    writer: Writer | None = None,
) -> Outcome:
    """Write `rows` (column name → value, relations as `…_id`) and say what became of each.

    Shape: every row has the key columns of `model.canvas_key`; of equal keys the last wins. A
    column a row does not name keeps its value, and so does an `extra` key. `initial` adds columns
    to rows that are created, `outdated` names `extra` keys a row loses when it is written for
    another reason, `withdrawn` those it loses as a change of its own. A tombstoned row comes back
    to life. What `read_at` does: see the package.

    Safe beside other writers: a call runs in a transaction of its own or in a savepoint, and waits
    for calls for the same table and integration until their transactions end. `writer` is chosen
    by the database unless given; all write the same.
    Raises ValueError for a row without a Canvas id or another key column (such rows are local and
    never touched) and for a key of another type than its columns; TypeError for a column the table
    does not have; DataError, IntegrityError, OverflowError or ValueError for a value the database
    refuses. Then nothing is written.
    """
    incoming = _by_key(model, rows)
    if not incoming:
        return Outcome()
    alias = using or router.db_for_write(model)
    batch = Batch(
        model=model,
        alias=alias,
        rows={key: incoming[key] for key in sorted(incoming)},
        initial=initial or {},
        outdated=outdated or {},
        withdrawn=withdrawn or {},
    )
    with transaction.atomic(using=alias):
        lock(model, (row.get("integration_id") for row in incoming.values()), alias)
        writing, outcome = decide(batch)
        if writing.created or writing.replaced:
            ids = (writer or writer_for(alias)).write(writing)
            outcome.ids |= {key: ids[key] for key in writing.created}
    return outcome


def _by_key(model: type[MirroredRow], rows: Iterable[Row]) -> dict[Key, Row]:
    """The last row of every key, unless it says itself that it is older than one before it."""
    names = key_columns(model)
    key_of = itemgetter(*names)
    incoming: dict[Key, Row] = {}
    for row in rows:
        try:
            key = key_of(row)
        except KeyError:
            key = (None,)
        if None in key:
            raise ValueError(
                f"{model.__name__}: a row without {' and '.join(names)} cannot be upserted"
            )
        known = incoming.get(key)
        if known is None or not is_older(row, known):
            incoming[key] = row
    _refuse_other_types(model, names, incoming)
    if not all(isinstance(row.get("extra", _NOTHING), dict) for row in incoming.values()):
        raise ValueError(f"{model.__name__}: extra must be a dict in every row")
    return incoming


def _refuse_other_types(
    model: type[MirroredRow], names: Iterable[str], keys: Collection[Key]
) -> None:
    """The text "17" would be stored as 17, and be new again in the next call."""
    for position, name in enumerate(names):
        text = model._meta.get_field(name).get_internal_type() == "CharField"
        expected = str if text else int
        if not {type(key[position]) for key in keys} <= {expected}:
            raise ValueError(
                f"{model.__name__}: {name} must be of type {expected.__name__} in every row; "
                "convert it before the upsert"
            )


def lock_tables(models: Iterable[type[MirroredRow]], integration: int, *, using: str) -> None:
    """What upserts of one transaction will lock, at once: for one that writes in another order."""
    for model in models:
        lock(model, [integration], using)


def lock(model: type[MirroredRow], integrations: Iterable[int | None], alias: str) -> None:
    """One upsert at a time per table and integration: counts are exact and no key comes twice.

    `integrations` are those of the rows. Rows that are known by their parent alone need not name
    theirs: their table has one lock for all. SQLite has one writer at a time anyway.
    """
    if connections[alias].vendor != "postgresql":
        return
    apart = "integration" in model.canvas_key
    locks = {integration or 0 for integration in integrations} if apart else {0}
    with connections[alias].cursor() as cursor:
        for integration in sorted(locks):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s), %s)",
                [model._meta.db_table, integration % _LOCK_NUMBERS],
            )
