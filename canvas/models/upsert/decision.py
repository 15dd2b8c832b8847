"""What is to be written of a batch: which rows are new, changed, refreshed, equal or stale.

Decides once for every writer; writes nothing itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import IntegrityError
from django.utils import timezone

from canvas.models.stored import Key, Row, Stored, read_hashes
from canvas.models.upsert.comparing import (
    content_hash,
    ignored_names,
    is_older,
    latest_read_at,
    merge,
    moved,
)
from canvas.models.upsert.outcome import Fate, Outcome
from canvas.models.upsert.reading import Column, read_full

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The rows of one call, one per key, in the order of their keys; the rest as in `upsert`."""

    model: type[MirroredRow]
    alias: str
    rows: Mapping[Key, Row]
    initial: Mapping[Key, Row]
    outdated: Mapping[Key, Iterable[str]]
    withdrawn: Mapping[Key, Iterable[str]]
    now: dt.datetime = field(default_factory=timezone.now)


@dataclass(slots=True, kw_only=True)
class Writing:
    """What a writer has to make true.

    Shape: `columns` are those to write, never the primary key. `created` rows have some of them,
    the others get their defaults; `replaced` rows have every one, as it is to be.
    """

    model: type[MirroredRow]
    alias: str
    columns: list[Column] = field(default_factory=list)
    created: dict[Key, Row] = field(default_factory=dict)
    replaced: dict[Key, Row] = field(default_factory=dict)

    @property
    def written(self) -> list[Column]:
        """All columns, in the order of the values."""
        return self.columns

    @property
    def rows(self) -> list[Row]:
        """All of them in the order of their keys.

        Writers that lock rows in the same order wait for each other, but never in a circle.
        """
        both = self.created | self.replaced
        return [both[key] for key in sorted(both)]


class KeyTakenError(IntegrityError):
    """A row that was not in the table when it was looked for is there now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """Rows for a writer to create, made ready by it: values of `columns`, one row for each key.

    `STAMPED` columns stand before these and get their values when the rows are written.
    """

    STAMPED: ClassVar[tuple[str, ...]] = ("first_seen_at", "changed_at")

    model: type[MirroredRow]
    alias: str
    columns: list[Column]
    keys: Sequence[Key]
    integrations: frozenset[int | None]
    rows: Sequence[Any]

    @property
    def stamped(self) -> list[Column]:
        return [self.model._meta.get_field(name) for name in self.STAMPED]  # type: ignore[misc]

    @property
    def written(self) -> list[Column]:
        """All columns, in the order of the values."""
        return [*self.stamped, *self.columns]


def decide(batch: Batch) -> tuple[Writing, Outcome]:
    """Compare the batch with the store. The outcome lacks only the ids of created rows."""
    writing = Writing(model=batch.model, alias=batch.alias)
    hashes = {key: content_hash(batch.model, row) for key, row in batch.rows.items()}
    stored = read_hashes(batch.model, batch.rows, batch.alias)
    outcome = Outcome(
        fates=dict.fromkeys(stored, Fate.UNCHANGED),
        ids={key: known.pk for key, known in stored.items()},
    )
    quiet = sorted(batch.model.quiet)
    suspects = {
        key: known.pk
        for key, known in stored.items()
        if known.content_hash != hashes[key]
        or known.deleted
        or (quiet and _seems_moved(quiet, known, batch.rows[key]))
    }
    if len(stored) < len(batch.rows):
        new = [key for key in batch.rows if key not in stored]
        writing.created = {key: _created(batch, key, hashes[key]) for key in new}
        outcome.fates |= dict.fromkeys(new, Fate.CREATED)
    if writing.created or suspects:
        named = [*writing.created.values(), *(batch.rows[key] for key in suspects)]
        writing.columns = columns_to_write(batch.model, set().union(*named))
    full = read_full(batch.model, suspects, columns=writing.columns, alias=batch.alias)
    for key, before in full.items():
        after = _replaced(batch, key, before, hashes[key], outcome)
        if after is not None:
            writing.replaced[key] = after
    return writing, outcome


def _seems_moved(quiet: list[str], known: Stored, row: Row) -> bool:
    for name, value in zip(quiet, known.quiet, strict=True):
        if name in row and row[name] != value:
            return True
    return False


def _created(batch: Batch, key: Key, digest: str) -> Row:
    own = {"content_hash": digest, "first_seen_at": batch.now, "changed_at": batch.now}
    return {**batch.initial.get(key, {}), **batch.rows[key], **own}


def _replaced(batch: Batch, key: Key, before: Row, digest: str, outcome: Outcome) -> Row | None:
    """The stored row as it is to be, None when it is to stay; says in `outcome` what changed."""
    row, quiet = batch.rows[key], batch.model.quiet
    if is_older(row, before):
        outcome.stale.add(key)
        return None
    after, changed = merge(before, row, ignored=ignored_names(batch.model))
    if gone := [name for name in batch.withdrawn.get(key, ()) if name in before["extra"]]:
        after["extra"] = {name: v for name, v in after["extra"].items() if name not in gone}
        changed = tuple(sorted({*changed, "extra"}))
    read_at = {"read_at": latest_read_at(before, row)}
    revived = before["deleted_at"] is not None
    if changed or revived:
        for name in batch.outdated.get(key, ()):
            after["extra"].pop(name, None)
        outcome.fates[key], outcome.fields[key] = Fate.UPDATED, changed
        if told := batch.model.remembered.intersection(changed):
            outcome.values[key] = {name: (before[name], after[name]) for name in sorted(told)}
        if revived:
            outcome.revived.add(key)
        own = {"content_hash": digest, "changed_at": batch.now, "deleted_at": None}
        if "payload_hash" in before:  # of a record that the row no longer is, unless it says so
            own["payload_hash"] = row.get("payload_hash", "")
        return after | own | read_at
    if moved(before, row, names=quiet):
        return before | {name: row[name] for name in quiet if name in row} | read_at
    return None


def columns_to_write(model: type[MirroredRow], names: Collection[str]) -> list[Column]:
    """The columns that rows name, the mirror's own, and those the database must not leave empty.

    `names` are those of the rows. Columns nobody names are not written back: what somebody else
    sets there meanwhile stays.
    """
    named = {"deleted_at", "read_at", *model.quiet, *names}
    columns = [column for column in model._meta.concrete_fields if not column.primary_key]
    if unknown := named.difference(column.attname for column in columns):
        raise TypeError(
            f"{model.__name__} has no column {', '.join(sorted(unknown))}: "
            "name columns as the table does, relations as …_id"
        )
    return [c for c in columns if c.attname in named or not c.null or c.get_default() is not None]
