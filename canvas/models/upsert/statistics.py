"""Statistics of tables that grow fast: PostgreSQL's planner is told before it guesses badly."""

from __future__ import annotations

from typing import Any

from canvas.models.upsert.sql import Words

# A megabyte: some thousand rows.
_FIRST_PAGES = 128


def keep_statistics(cursor: Any, its: Words) -> None:
    """ANALYZE the keys of a table, which has just grown, if it has doubled since the last time.

    PostgreSQL's own ANALYZE comes by once a minute and sees no transaction that is still open.
    Until then a first load's look-up by keys is planned as a walk over the whole integration, for
    every batch, and the load goes quadratic. Doubling is seen in pages: they need no counting, are
    the same for every process, and if they are full of dead rows, new statistics are due as well.
    Only the keys, which is what is looked up here: all columns take ten times as long, a third of
    the whole load, and PostgreSQL's own round does them soon enough.
    A transaction may analyze what it has written itself. SKIP_LOCKED, because the lock is kept to
    the end of the transaction: whoever finds it taken goes without.
    """
    cursor.execute(
        "SELECT pg_relation_size(oid) / current_setting('block_size')::int, relpages"
        " FROM pg_class WHERE oid = %s::regclass",
        [its.table],
    )
    pages, pages_then = cursor.fetchone()
    if pages >= max(_FIRST_PAGES, 2 * pages_then):
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {its.table} ({its.keys})")
