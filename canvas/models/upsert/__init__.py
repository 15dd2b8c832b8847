"""The one way rows reach a mirrored table: exact counts, no write where nothing changed.

One hash read per batch tells created, unchanged and perhaps-changed apart; only the last are read
in full and compared, so a key that vanished or a second source of the same row writes nothing.
What is to be written is decided once (`decision`), then a writer made for the database writes it
(`writers`).

Stale answers. A row may carry `read_at`, when Canvas was asked for it. One that was asked for more
than a second before what is stored writes nothing, revives nothing and counts as unchanged; within
the second, which is how exactly Canvas tells the time, the later call wins. `read_at` alone is no
reason to write. Not covered, therefore: an answer that found its row unchanged leaves no trace.
Of the states A, B, A, asked for in this order, a B that comes last replaces the A that was
confirmed after it; the next reading puts that right. And a stale row is left out as a whole, with
columns that only its answer had.
"""

from canvas.models.stored import Key, Row
from canvas.models.upsert.call import lock_tables, upsert
from canvas.models.upsert.comparing import content_hash, is_older
from canvas.models.upsert.decision import Fresh
from canvas.models.upsert.insert import insert, insert_prepared, prepare_insert
from canvas.models.upsert.outcome import Counts, Fate, Outcome

__all__ = [
    "Counts",
    "Fate",
    "Fresh",
    "Key",
    "Outcome",
    "Row",
    "content_hash",
    "insert",
    "insert_prepared",
    "is_older",
    "lock_tables",
    "prepare_insert",
    "upsert",
]
