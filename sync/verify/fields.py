"""Which fields of a row differ from the record it stands for; names only, never values. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from sync.verify.kinds import Kind
from sync.verify.records import Payload
from sync.verify.sameness import same

Row: TypeAlias = dict[str, Any]
_NOTHING = object()
# Kept by the mirror for itself.
_OURS = frozenset({"canvas_id", "content_hash", "payload_hash", "integration", "id", "extra"})


def differing(kind: Kind, payload: Payload, row: Row) -> set[str]:
    """Names of keys of `payload`, as Canvas sent them, that the row has otherwise or not at all.

    Shape: `row` has the columns by name, and `relation__canvas_id` for each relation. A relation
    that is null is not judged here: the parent may not be in the mirror.
    """
    return {name for name, sent in _expected(kind, payload) if _differs(kind, name, sent, row)}


def _expected(kind: Kind, payload: Payload) -> Iterator[tuple[str, Any]]:
    for name, sent in payload.items():
        if name != "id" and name not in kind.left_out:
            yield name, sent
    if payload.get("access_restricted_by_date") is True:
        return  # an id and a flag are all Canvas shows of such a course (trap 23)
    for name in kind.none_if_absent - payload.keys():
        yield name, None


def _differs(kind: Kind, name: str, sent: Any, row: Row) -> bool:
    is_column = name in row and name not in _OURS
    if is_column and not same(sent, row[name], name=name):
        return True
    if name in kind.relations:
        held = row[f"{kind.relations[name]}__canvas_id"]
        return held is not None and not same(sent, held)
    if is_column:
        return False
    return not same(sent, row["extra"].get(name, _NOTHING), name=name)


def unresolved(kind: Kind, payload: Payload, row: Row) -> Iterator[tuple[str, Any]]:
    """Key and id of each parent the record names and the row does not lead to."""
    for name, relation in kind.relations.items():
        if payload.get(name) is not None and row[f"{relation}__canvas_id"] is None:
            yield name, payload[name]
