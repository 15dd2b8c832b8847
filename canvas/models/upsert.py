"""Rows into a mirrored table: exact counts, no write where nothing changed, absent keys left alone.

One hash read per batch tells created, unchanged and perhaps-changed apart; only the last are read
in full and compared, so a key that vanished or a second source of the same row writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from django.db import connections, models, router, transaction
from django.utils import timezone

from canvas.models.stored import Stored, key_columns, read_full, read_hashes

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]

_encoder = msgspec.json.Encoder(order="sorted")
# Chosen so that no statement nears the parameter limit of either database.
_WRITE_SIZE = 500
# What belongs to the mirror and not to Canvas's record.
_OWN = frozenset({"id", "first_seen_at"})


class Fate(IntEnum):
    """What became of one row; the order is that of "says more"."""

    UNCHANGED = 0
    UPDATED = 1
    CREATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True, kw_only=True)
class Outcome:
    """`fates` and `ids` (our primary keys) by Canvas key, for every row given."""

    fates: dict[Key, Fate] = field(default_factory=dict)
    ids: dict[Key, int] = field(default_factory=dict)

    @property
    def counts(self) -> Counts:
        fates = list(self.fates.values())
        return Counts(
            created=fates.count(Fate.CREATED),
            updated=fates.count(Fate.UPDATED),
            unchanged=fates.count(Fate.UNCHANGED),
        )


def content_hash(model: type[MirroredRow], row: Mapping[str, Any]) -> str:
    """32 hex digits over what Canvas said, volatile and quiet values left out."""
    ignored = model.volatile | model.quiet
    facts = {name: value for name, value in row.items() if name not in ignored}
    extra = facts.get("extra")
    if extra and not ignored.isdisjoint(extra):
        facts["extra"] = {name: value for name, value in extra.items() if name not in ignored}
    return blake2b(_encoder.encode(facts), digest_size=16).hexdigest()


def upsert(
    model: type[MirroredRow],
    rows: Iterable[Row],
    *,
    initial: Mapping[Key, Row] | None = None,
    outdated: Mapping[Key, Iterable[str]] | None = None,
    using: str | None = None,
) -> Outcome:
    """Write `rows` (column name → value, relations as `…_id`) and say what became of each.

    Shape: every row has the key columns of `model.canvas_key`; of equal keys the last wins. A
    column a row does not name keeps its value, and so does an `extra` key. `initial` adds columns
    to rows that are created, `outdated` names `extra` keys a row loses when it is written for
    another reason. A tombstoned row comes back to life. Needs a transaction around it
    for exact counts beside other writers: it takes the table's advisory lock of the integration on
    PostgreSQL.
    Raises ValueError for a row without a Canvas id, or without its other key columns: such rows are
    local and never touched.
    """
    names = key_columns(model)
    incoming = {tuple(row.get(name) for name in names): row for row in rows}
    if any(None in key for key in incoming):
        raise ValueError(
            f"{model.__name__}: a row without {' and '.join(names)} cannot be upserted"
        )
    if not incoming:
        return Outcome()
    alias = using or router.db_for_write(model)
    with transaction.atomic(using=alias):
        _lock(model, incoming, alias)
        rows_in_order = dict(sorted(incoming.items()))
        return _write(model, rows_in_order, initial or {}, outdated or {}, alias=alias)


def _lock(model: type[MirroredRow], incoming: Mapping[Key, Row], alias: str) -> None:
    if connections[alias].vendor != "postgresql":
        return
    integration = next(iter(incoming.values())).get("integration_id")
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s), %s)",
            [model._meta.db_table, integration or 0],
        )


def _write(
    model: type[MirroredRow],
    incoming: dict[Key, Row],
    initial: Mapping[Key, Row],
    outdated: Mapping[Key, Iterable[str]],
    *,
    alias: str,
) -> Outcome:
    hashes = {key: content_hash(model, row) for key, row in incoming.items()}
    stored = read_hashes(model, incoming, alias)
    suspects = [
        key
        for key, known in stored.items()
        if known.content_hash != hashes[key] or known.deleted or _quiet_moved(known, incoming[key])
    ]
    full = read_full(model, {key: stored[key].pk for key in suspects}, alias)
    outcome = Outcome(
        fates=dict.fromkeys(stored, Fate.UNCHANGED),
        ids={key: known.pk for key, known in stored.items()},
    )
    now = timezone.now()
    changed: list[MirroredRow] = []
    refreshed: list[MirroredRow] = []
    for key, instance in full.items():
        really = merge(instance, incoming[key])
        if really or stored[key].deleted:
            instance.content_hash, instance.changed_at = hashes[key], now
            instance.deleted_at = None
            for name in outdated.get(key, ()):
                instance.extra.pop(name, None)
            # Without its own key the row is found by Canvas's: one conflict, the one we name.
            instance.pk = None
            outcome.fates[key] = Fate.UPDATED
            changed.append(instance)
        elif _quiet_moved(stored[key], incoming[key]):
            refreshed.append(instance)
    created = {
        key: build(model, initial.get(key, {}) | row, hashes[key], now)
        for key, row in incoming.items()
        if key not in stored
    }
    _save(model, list(created.values()), changed, refreshed, alias)
    for key, instance in created.items():
        outcome.fates[key], outcome.ids[key] = Fate.CREATED, instance.pk
    return outcome


def _quiet_moved(known: Stored, row: Row) -> bool:
    return any(name in row and row[name] != value for name, value in known.quiet.items())


def build(model: type[MirroredRow], row: Row, digest: str, now: Any) -> MirroredRow:
    return model(**row, content_hash=digest, first_seen_at=now, changed_at=now)


def merge(instance: MirroredRow, row: Row) -> list[str]:
    """Set the row's values on the stored instance; name the columns whose change counts."""
    changed = []
    ignored = instance.volatile | instance.quiet
    for name, value in row.items():
        if name == "extra":
            if _merge_extra(instance, value, ignored):
                changed.append(name)
        elif not _same(getattr(instance, name), value):
            setattr(instance, name, value)
            if name not in ignored:
                changed.append(name)
    return changed


def _merge_extra(instance: MirroredRow, extra: Row, ignored: frozenset[str]) -> bool:
    before = instance.extra
    instance.extra = before | extra
    return any(
        name not in before or not _same(before[name], value)
        for name, value in extra.items()
        if name not in ignored
    )


def _same(stored: Any, sent: Any) -> bool:
    """Equal as Canvas means it: true is not 1, however deep inside."""
    if isinstance(stored, bool) or isinstance(sent, bool):
        return stored is sent
    if isinstance(stored, dict) and isinstance(sent, dict):
        return stored.keys() == sent.keys() and all(_same(stored[k], sent[k]) for k in sent)
    if isinstance(stored, list) and isinstance(sent, list):
        return len(stored) == len(sent) and all(map(_same, stored, sent))
    return bool(stored == sent)


def _save(
    model: type[MirroredRow],
    created: list[MirroredRow],
    changed: list[MirroredRow],
    refreshed: list[MirroredRow],
    alias: str,
) -> None:
    rows: models.Manager[Any] = model._default_manager.db_manager(alias)
    if created:
        rows.bulk_create(created, batch_size=_WRITE_SIZE)
    if changed:
        columns = [f.attname for f in model._meta.concrete_fields if f.attname not in _OWN]
        keys = list(model.canvas_key)
        fields = [model._meta.get_field(c).name for c in columns]
        # Not bulk_update: it is an order of magnitude slower on rows this wide.
        rows.bulk_create(
            changed,
            batch_size=_WRITE_SIZE,
            update_conflicts=True,
            unique_fields=keys,
            update_fields=[name for name in fields if name not in keys],
        )
    if refreshed:
        rows.bulk_update(refreshed, sorted(model.quiet), batch_size=_WRITE_SIZE)
