"""What the mirror holds of a batch: first keys and hashes, then the rows that may differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import models

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow


Key: TypeAlias = tuple[Any, ...]

# Below the 999 parameters an older SQLite takes in one statement.
_READ_SIZE = 900


@dataclass(frozen=True, slots=True)
class Stored:
    pk: int
    content_hash: str
    deleted: bool
    quiet: Mapping[str, Any]


def key_columns(model: type[MirroredRow]) -> tuple[str, ...]:
    """The column names (`integration_id`, not `integration`) a row is recognised by."""
    columns = {field.name: field.attname for field in model._meta.concrete_fields}
    return tuple(columns[name] for name in model.canvas_key)


def read_hashes(model: type[MirroredRow], keys: Collection[Key], alias: str) -> dict[Key, Stored]:
    """Key → what is stored of it; keys the table does not have are left out.

    The look-up names each leading key column once and bounds integer ids from both sides: with
    stale statistics PostgreSQL otherwise walks the whole integration for every batch.
    """
    names = key_columns(model)
    quiet = sorted(model.quiet)
    found: dict[Key, Stored] = {}
    rows = model._default_manager.using(alias)
    for part in _parts(keys):
        query = rows.filter(_matching(names, part)).values_list(
            *names, "pk", "content_hash", "deleted_at", *quiet
        )
        for values in query.iterator(chunk_size=2000):
            key, (pk, digest, deleted_at, *rest) = values[: len(names)], values[len(names) :]
            if key in part:
                found[key] = Stored(
                    pk, digest, deleted_at is not None, dict(zip(quiet, rest, strict=True))
                )
    return found


def read_full(
    model: type[MirroredRow], pks: Mapping[Key, int], alias: str
) -> dict[Key, MirroredRow]:
    """Key → the stored row, every column."""
    rows = model._default_manager.using(alias)
    by_pk: dict[int, MirroredRow] = {}
    for part in _parts(pks.values()):
        by_pk.update(rows.in_bulk(part))
    return {key: by_pk[pk] for key, pk in pks.items() if pk in by_pk}


def _matching(names: tuple[str, ...], keys: Collection[Key]) -> models.Q:
    condition = models.Q()
    for position, name in enumerate(names):
        values = sorted({key[position] for key in keys})
        if len(values) == 1:
            condition &= models.Q(**{name: values[0]})
            continue
        condition &= models.Q(**{f"{name}__in": values})
        if isinstance(values[0], int):
            condition &= models.Q(**{f"{name}__gte": values[0], f"{name}__lte": values[-1]})
    return condition


def _parts(values: Collection[Any]) -> Iterator[set[Any]]:
    waiting = iter(values)
    while part := set(islice(waiting, _READ_SIZE)):
        yield part
