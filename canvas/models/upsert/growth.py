"""Tables that grow fast: keys for new rows, and statistics before PostgreSQL's planner goes wrong.

Until a table is analyzed, a first load's look-up by keys is planned as a walk over the whole
integration, for every batch, and the load goes quadratic. PostgreSQL's own ANALYZE comes by once a
minute and sees no transaction that is still open.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from canvas.models.upsert.sql import Words

# A megabyte: some thousand rows.
_FIRST_PAGES = 128


class Growing(NamedTuple):
    """Primary keys for rows to come; whether the table has doubled since it was analyzed."""

    keys: list[int]
    has_doubled: bool


def new_keys(cursor: Any, its: Words, *, count: int) -> Growing:
    """Both in one statement: for a batch, each one more costs what fifty rows cost.

    Doubling is seen in pages: they need no counting, are the same for every process, and if they
    are full of dead rows, new statistics are due as well.
    """
    cursor.execute(
        "SELECT array(SELECT nextval(its.keys) FROM generate_series(1, %s)),"
        " pg_relation_size(oid) / current_setting('block_size')::int, relpages"
        " FROM pg_class, (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS keys) AS its"
        " WHERE oid = %s::regclass",
        [count, its.table, its.table],
    )
    keys, pages, pages_then = cursor.fetchone()
    return Growing(keys, pages >= max(_FIRST_PAGES, 2 * pages_then))


def analyze(cursor: Any, its: Words) -> None:
    """Only the keys, which is what is looked up here: all columns take ten times as long, a third
    of the whole load, and PostgreSQL's own round does them soon enough.

    A transaction may analyze what it has written itself. SKIP_LOCKED, because the lock is kept to
    the end of the transaction: whoever finds it taken goes without.
    """
    cursor.execute(f"ANALYZE (SKIP_LOCKED) {its.table} ({its.keys})")
