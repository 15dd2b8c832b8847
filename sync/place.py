"""Rows on their way into a table: parents named by Canvas's ids become primary keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sync.links import LinkIndex
from sync.tables import Link, Table
from sync.transform.rows import Ref, Row
from sync.transform.sheet import Sheet


@dataclass(slots=True, kw_only=True)
class Placed:
    """A row with its parents resolved.

    `first` are columns for the case that the row is new. Keys of `extra`: `outdated` are those a
    resolved relation makes obsolete, `withdrawn` those of relations that Canvas now says are not
    there. `missing` names the required parent the mirror does not have:
    such a row cannot be stored.
    """

    row: Row
    values: dict[str, Any]
    first: dict[str, Any]
    outdated: list[str]
    withdrawn: list[str]
    missing: str = ""


class _Relation(NamedTuple):
    """A link of the table: its name, its column, and the parents that were found for it."""

    link: Link
    name: str
    column: str
    parents: dict[Ref, int]


def place(table: Table, rows: list[Row], *, integration: int, links: LinkIndex) -> Iterator[Placed]:
    """Every row of `rows`, all of `table`, in their order. One query per relation; blocks."""
    relations = [
        _Relation(
            link,
            link.relation,
            f"{link.relation}_id",
            links.resolve(link, _named(rows, link.relation)),
        )
        for link in table.links
    ]
    keeping = [link for link in table.links if link.keep_as]
    for row in rows:
        values = dict(row.values, canvas_id=row.key, integration_id=integration)
        if row.read_at is not None:
            values["read_at"] = row.read_at
        if row.mark is not None:
            values["payload_hash"] = row.mark
        first = dict(row.first_values)
        missing = _relate(relations, row.links, values)
        if row.first_links and not missing:
            _relate(relations, row.first_links, first)
        yield Placed(
            row=row,
            values=values,
            first=first,
            outdated=_outdated(keeping, values) if keeping else [],
            withdrawn=_withdrawn(keeping, row.links) if keeping else [],
            missing=missing,
        )


def place_sheet(
    table: Table, sheet: Sheet, *, integration: int, links: LinkIndex
) -> dict[str, Sequence[Any]] | None:
    """Column → values; None where a parent is missing that leaves more behind than a null."""
    count = len(sheet)
    columns: dict[str, Sequence[Any]] = {
        **sheet.values,
        "canvas_id": sheet.keys,
        "integration_id": [integration] * count,
        "read_at": sheet.read_at,
    }
    if sheet.marks:
        columns["payload_hash"] = sheet.marks
    for link in table.links:
        if link.relation in sheet.links:
            refs = sheet.links[link.relation]
            parents = links.resolve(link, {ref for ref in refs if ref is not None})
            pks = [None if ref is None else parents.get(ref) for ref in refs]
            if (link.required or link.keep_as) and None in pks:
                return None
            columns[f"{link.relation}_id"] = pks
    return columns


def _outdated(keeping: list[Link], values: dict[str, Any]) -> list[str]:
    resolved = (link for link in keeping if values.get(f"{link.relation}_id") is not None)
    return [link.keep_as for link in resolved]


def _withdrawn(keeping: list[Link], links: dict[str, Ref | None]) -> list[str]:
    unlinked = (link for link in keeping if link.relation in links)
    return [link.keep_as for link in unlinked if links[link.relation] is None]


def _named(rows: Iterable[Row], relation: str) -> set[Ref]:
    named = {row.links.get(relation, row.first_links.get(relation)) for row in rows}
    return {ref for ref in named if ref is not None}


def _relate(
    relations: list[_Relation], links: dict[str, Ref | None], values: dict[str, Any]
) -> str:
    """Put primary keys into `values`; the relation that is required and missing, or ""."""
    for link, name, column, parents in relations:
        if name not in links:
            continue
        ref = links[name]
        pk = None if ref is None else parents.get(ref)
        if pk is None and link.required:
            return name
        values[column] = pk
        if pk is None and ref is not None:
            _keep_unresolved(link, ref, values)
    return ""


def _keep_unresolved(link: Link, ref: Ref, values: dict[str, Any]) -> None:
    """Nothing Canvas sent is dropped: an id that leads nowhere yet stays readable."""
    if link.keep_as and "extra" in values:
        values["extra"] = values["extra"] | {link.keep_as: ref}
