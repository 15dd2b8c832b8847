"""Records the mirror has already, just as they are: counted as unchanged without being decoded.

Looks at the store, outside of any transaction, and writes nothing. What another writer does between
this and the batch's transaction is as if it had come after it. See docs/adr/0011.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from django.db import router

from canvas.models.stored import has_between, live_children, read_columns
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


def surely_absent(marks: Iterable[Mark | None], *, integration: int) -> Recognized | None:
    """That none of the records is there, if this can be seen at a glance. Blocks.

    As in a first load: ids of new records lie together. It takes a tenth of the time of looking for
    each.
    """
    keys = frozenset(mark.key for mark in marks if mark is not None)
    model = BY_NAME[MARKED].model
    if keys and has_between(
        model, min(keys), max(keys), integration=integration, alias=router.db_for_read(model)
    ):
        return None
    return Recognized(absent=keys)


def recognize(marks: Iterable[Mark | None], *, integration: int) -> Recognized:
    """Those of which every row is alive and as it was when the mark was stored. Blocks.

    A row that somebody ended, or wrote since by other means, has no such mark; the rows embedded in
    a record are told by their keys. `late` and `missing` are as the record says.
    """
    known = {mark.key: mark for mark in marks if mark is not None}
    model = BY_NAME[MARKED].model
    alias = router.db_for_read(model)
    stored = [
        _Stored(*values)
        for values in read_columns(model, _NAMES, known, integration=integration, alias=alias)
    ]
    absent = frozenset(known).difference(one.key for one in stored)
    alike = [one for one in stored if _may_be(known[one.key], one)]
    if not alike:
        return Recognized(absent=absent)
    rows: dict[str, list[int]] = {MARKED: []}
    embedded = _embedded([one.pk for one in alike], alias)
    found: set[int] = set()
    for one in alike:
        children = embedded.get(one.pk, ())
        if one.payload_hash == payload_hash(known[one.key], [child for _, _, child in children]):
            found.add(one.key)
            rows[MARKED].append(one.pk)
            for table, pk, _ in children:
                rows.setdefault(table, []).append(pk)
    return Recognized(keys=frozenset(found), rows=rows, absent=absent)


class _Stored(NamedTuple):
    key: int
    deleted: bool
    pk: int
    late: bool | None
    missing: bool | None
    payload_hash: str


_NAMES: Final = ("id", *_Stored._fields[3:])


def _may_be(mark: Mark, stored: _Stored) -> bool:
    same = stored.late == mark.late and stored.missing == mark.missing
    return same and not stored.deleted and stored.payload_hash.startswith(mark.digest)


def _embedded(pks: Sequence[int], alias: str) -> dict[int, list[tuple[str, int, int | str]]]:
    """Primary key of the record's own row → table, primary key and Canvas id of its live parts."""
    found: dict[int, list[tuple[str, int, int | str]]] = {}
    for name in EMBEDDED:
        table = BY_NAME[name]
        for parent, pk, key in live_children(table.model, table.parent, pks, alias=alias):
            found.setdefault(parent, []).append((name, pk, key))
    return found
