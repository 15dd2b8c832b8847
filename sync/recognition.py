"""Records the mirror has already, just as they are: counted as unchanged without being decoded.

Looks at the store, outside of any transaction, and writes nothing. What another writer does between
this and the batch's transaction is as if it had come after it. See docs/adr/0011.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from django.db import router

from canvas.models.stored import has_between, read_columns
from sync.embedded import embedded_in
from sync.likeness import MARK_DIGITS, MARKED, Look, mark_of, payload_hash_end, version
from sync.tables import BY_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognized:
    """`keys`: Canvas ids of the records; `rows`: table → primary keys of all their rows.

    `absent`: Canvas ids that were looked for and are not there at all, not even as tombstones.
    """

    keys: frozenset[int] = frozenset()
    rows: dict[str, list[int]] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()


def surely_absent(looks: Iterable[Look | None], *, integration: int) -> Recognized | None:
    """That none of the records is there, if this can be seen at a glance. Blocks.

    As in a first load: ids of new records lie together. It takes a tenth of the time of looking for
    each.
    """
    keys = frozenset(look.key for look in looks if look is not None)
    model = BY_NAME[MARKED].model
    if keys and has_between(
        model, min(keys), max(keys), integration=integration, alias=router.db_for_read(model)
    ):
        return None
    return Recognized(absent=keys)


def recognize(looks: Iterable[Look | None], *, integration: int) -> Recognized:
    """Those of which every row is alive and as it was when the mark was stored. Blocks.

    A row that somebody ended, or wrote since by other means, has no such mark; the rows embedded in
    a record are told by their keys. `late` and `missing` are as the record says.
    """
    asked = {look.key: look for look in looks if look is not None}
    model = BY_NAME[MARKED].model
    alias = router.db_for_read(model)
    there: list[int] = []
    ours = version()
    alike: list[_Alike] = []
    for stored in read_columns(model, _NAMES, asked, integration=integration, alias=alias):
        key, is_deleted, pk, late, missing, payload_hash = stored
        there.append(key)
        look = asked[key]
        if late != look.late or missing != look.missing or is_deleted:
            continue
        if not payload_hash.endswith(ours):
            continue
        digest = payload_hash[:MARK_DIGITS]
        if digest == look.digest or digest == _constant_digest(look):
            alike.append((pk, key, payload_hash))
    absent = frozenset(asked).difference(there)
    return _whole(alike, alias, absent=absent) if alike else Recognized(absent=absent)


_NAMES: Final = ("id", "late", "missing", "payload_hash")


# Primary key of a row, the Canvas id, and what is stored, which begins with the mark of its record.
_Alike: TypeAlias = tuple[int, int, str]


def _whole(alike: Sequence[_Alike], alias: str, *, absent: frozenset[int]) -> Recognized:
    """Those that also have the embedded rows they had."""
    rows: dict[str, list[int]] = {MARKED: []}
    embedded = embedded_in([pk for pk, _, _ in alike], alias=alias)
    childless, found = payload_hash_end(()), list[int]()
    for pk, key, payload_hash in alike:
        children = embedded.get(pk, ())
        end = payload_hash_end(child.key for child in children) if children else childless
        if payload_hash[MARK_DIGITS:] == end:
            found.append(key)
            rows[MARKED].append(pk)
            for child in children:
                rows.setdefault(child.table, []).append(child.pk)
    return Recognized(keys=frozenset(found), rows=rows, absent=absent)


def _constant_digest(look: Look) -> str | None:
    """Of a record that was changed, or signed anew."""
    mark = mark_of(look)
    return mark.digest if mark else None
