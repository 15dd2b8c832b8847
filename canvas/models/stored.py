"""What the mirror holds of a batch: keys, hashes, and what else tells whether a row may differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from django.db import connections

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow


Key: TypeAlias = tuple[Any, ...]
Row: TypeAlias = dict[str, Any]

# Below the 999 parameters an older SQLite takes in one statement.
READ_SIZE = 900
# PostgreSQL takes the values of one key column as one parameter.
_ARRAY_SIZE = 5000


class Stored(NamedTuple):
    """What tells whether a row may differ.

    `deleted`: it is a tombstone. `quiet`: the model's quiet columns in the order of their names,
    as the driver gives them, without Django's conversions.
    """

    pk: int
    content_hash: str
    deleted: bool
    quiet: tuple[Any, ...]


def key_columns(model: type[MirroredRow]) -> tuple[str, ...]:
    """The column names (`integration_id`, not `integration`) a row is recognised by."""
    columns = {field.name: field.attname for field in model._meta.concrete_fields}
    return tuple(columns[name] for name in model.canvas_key)


def read_hashes(model: type[MirroredRow], keys: Collection[Key], alias: str) -> dict[Key, Stored]:
    """Key → what is stored of it; keys the table does not have are left out.

    Plain SQL: this is a third of what an unchanged row costs, and through the ORM it costs five
    times as much.
    """
    connection = connections[alias]
    names = key_columns(model)
    width = len(names)
    select = _select(model, [*names, "id", "content_hash"], connection)
    found: dict[Key, Stored] = {}
    with connection.cursor() as cursor:
        for part in in_parts(keys, _size(connection)):
            where, parameters = _matching(model, names, part, connection)
            cursor.execute(f"{select} WHERE {where}", parameters)
            for values in cursor.fetchall():
                key = values[:width]
                if key in part:
                    pk, digest, deleted = values[width : width + 3]
                    found[key] = Stored(pk, digest, deleted, values[width + 3 :])
    return found


def read_columns(
    model: type[MirroredRow],
    names: Sequence[str],
    canvas_ids: Collection[int],
    *,
    integration: int,
    alias: str,
) -> Iterator[tuple[Any, ...]]:
    """Of each of the rows that is stored: Canvas id, whether it is a tombstone, and these columns.

    Values are as the driver gives them, without Django's conversions.
    """
    connection = connections[alias]
    key, deleted, theirs, *columns = (
        column_name(model, name, connection)
        for name in ("canvas_id", "deleted_at", "integration_id", *names)
    )
    table = connection.ops.quote_name(model._meta.db_table)
    select = f"SELECT {key}, {deleted} IS NOT NULL, {', '.join(columns)} FROM {table}"
    with connection.cursor() as cursor:
        for part in parts_of(canvas_ids, connection):
            where, parameters = among(key, part, connection)
            cursor.execute(f"{select} WHERE {theirs} = %s AND {where}", [integration, *parameters])
            yield from (row for row in cursor.fetchall() if row[0] in part)


def has_between(
    model: type[MirroredRow], first: int, last: int, *, integration: int, alias: str
) -> bool:
    """Whether any row is stored whose Canvas id is one of these or in between."""
    rows = model._default_manager.using(alias).filter(integration_id=integration)
    return rows.filter(canvas_id__gte=first, canvas_id__lte=last).exists()


def live_children(
    model: type[MirroredRow], relation: str, parents: Collection[int], *, alias: str
) -> Iterator[tuple[int, int, Any]]:
    """Primary key of the parent, own primary key and Canvas id of each that is not a tombstone.

    Rows made locally are left out.
    """
    connection = connections[alias]
    table = connection.ops.quote_name(model._meta.db_table)
    parent, key, deleted = (
        column_name(model, name, connection) for name in (relation, "canvas_id", "deleted_at")
    )
    with connection.cursor() as cursor:
        for part in parts_of(parents, connection):
            where, parameters = among(parent, part, connection)
            cursor.execute(
                f"SELECT {parent}, id, {key} FROM {table}"
                f" WHERE {where} AND {deleted} IS NULL AND {key} IS NOT NULL",
                parameters,
            )
            yield from (row for row in cursor.fetchall() if row[0] in part)


def _select(model: type[MirroredRow], names: Sequence[str], connection: Any) -> str:
    deleted = f"{column_name(model, 'deleted_at', connection)} IS NOT NULL"
    own, quiet = (
        [column_name(model, name, connection) for name in group]
        for group in (names, sorted(model.quiet))
    )
    table = connection.ops.quote_name(model._meta.db_table)
    return f"SELECT {', '.join([*own, deleted, *quiet])} FROM {table}"


def _matching(
    model: type[MirroredRow], names: Sequence[str], keys: Collection[Key], connection: Any
) -> tuple[str, list[Any]]:
    """A condition that at least `keys` meet.

    Each key column is named once and integer ids are bounded from both sides: with stale
    statistics PostgreSQL otherwise walks the whole integration for every batch.
    """
    terms, parameters = list[str](), list[Any]()
    for position, name in enumerate(names):
        column = column_name(model, name, connection)
        values = sorted({key[position] for key in keys})
        if len(values) == 1:
            terms.append(f"{column} = %s")
            parameters += values
            continue
        term, named = _one_of(column, values, connection)
        terms.append(term)
        parameters += named
        if isinstance(values[0], int):
            terms.append(f"{column} BETWEEN %s AND %s")
            parameters += [values[0], values[-1]]
    return " AND ".join(terms), parameters


def parts_of(numbers: Collection[int], connection: Any) -> Iterator[set[int]]:
    """As many at a time as one statement takes; see `among`."""
    return in_parts(numbers, _size(connection))


def _size(connection: Any) -> int:
    return _ARRAY_SIZE if has_arrays(connection) else READ_SIZE


def among(column: str, numbers: set[int], connection: Any) -> tuple[str, list[Any]]:
    """A condition that these numbers meet, and others may: leave those out of what is found.

    Bounded from both sides (see `_matching`). Where the numbers are dense, asking for all from the
    first to the last costs less than naming each.
    """
    ids = sorted(numbers)
    between, bounds = f"{column} BETWEEN %s AND %s", [ids[0], ids[-1]]
    if ids[-1] - ids[0] < 2 * len(ids):
        return between, bounds
    named, parameters = _one_of(column, ids, connection)
    return f"{between} AND {named}", [*bounds, *parameters]


def _one_of(column: str, values: list[Any], connection: Any) -> tuple[str, list[Any]]:
    if has_arrays(connection):
        return f"{column} = ANY(%s)", [as_array(values)]
    return f"{column} IN ({', '.join(['%s'] * len(values))})", values


def column_name(model: type[MirroredRow], name: str, connection: Any) -> str:
    field: Any = model._meta.get_field(name)
    return str(connection.ops.quote_name(field.column))


def as_array(values: list[Any]) -> Any:
    """Numbers as PostgreSQL writes an array: the driver takes ten times as long over a list."""
    if set(map(type, values)) == {int}:
        return f"{{{','.join(map(str, values))}}}"
    return values


def has_arrays(connection: Any) -> bool:
    return bool(connection.vendor == "postgresql")


def in_parts(values: Collection[Any], size: int) -> Iterator[set[Any]]:
    waiting = iter(values)
    while part := set(islice(waiting, size)):
        yield part
