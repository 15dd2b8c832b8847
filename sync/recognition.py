"""Records the mirror has already, just as they are: counted as unchanged without being decoded.

Looks at the store, outside of any transaction, and writes nothing. What another writer does between
this and the batch's transaction is as if it had come after it. See docs/adr/0011.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import router

from canvas.models.stored import Stored, live_children, read_hashes
from sync.likeness import EMBEDDED, MARKED, Mark, payload_hash
from sync.tables import BY_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognized:
    """`keys`: Canvas ids of the records; `rows`: table → primary keys of all their rows.

    `absent`: Canvas ids that were looked for and are not there at all, not even as tombstones.
    """

    keys: frozenset[int] = frozenset()
    rows: dict[str, list[int]] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()


def recognize(marks: Iterable[Mark | None], *, integration: int) -> Recognized:
    """Those of which every row is alive and as it was when the mark was stored. Blocks.

    A row that somebody ended, or wrote since by other means, has no such mark; the rows embedded in
    a record are told by their keys. `late` and `missing` are as the record says.
    """
    known = {mark.key: mark for mark in marks if mark is not None}
    model = BY_NAME[MARKED].model
    alias = router.db_for_read(model)
    keys = [(integration, key) for key in known]
    stored = {key: one for (_, key), one in read_hashes(model, keys, alias).items()}
    absent = frozenset(key for key in known if key not in stored)
    alike = {key: one for key, one in stored.items() if _may_be(known[key], one)}
    if not alike:
        return Recognized(absent=absent)
    rows: dict[str, list[int]] = {MARKED: []}
    embedded = _embedded([one.pk for one in alike.values()], alias)
    found: set[int] = set()
    for key, one in alike.items():
        children = embedded.get(one.pk, [])
        if one.quiet[-1] == payload_hash(known[key], [child for _, _, child in children]):
            found.add(key)
            rows[MARKED].append(one.pk)
            for table, pk, _ in children:
                rows.setdefault(table, []).append(pk)
    return Recognized(keys=frozenset(found), rows=rows, absent=absent)


def _may_be(mark: Mark, stored: Stored) -> bool:
    late, missing, payload = stored.quiet
    same = late == mark.late and missing == mark.missing
    return same and not stored.deleted and str(payload).startswith(mark.digest)


def _embedded(pks: Sequence[int], alias: str) -> dict[int, list[tuple[str, int, int | str]]]:
    """Primary key of the record's own row → table, primary key and Canvas id of its live parts."""
    found: dict[int, list[tuple[str, int, int | str]]] = {}
    for name in EMBEDDED:
        table = BY_NAME[name]
        for parent, pk, key in live_children(table.model, table.parent, pks, alias=alias):
            found.setdefault(parent, []).append((name, pk, key))
    return found
