"""What a transform function is given and what it makes: scopes and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Payload: TypeAlias = dict[str, Any]
# How a relation names its parent: the parent's Canvas id, or several values (see
# `sync.tables.Link`).
Ref: TypeAlias = int | str | tuple[int | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a listing is read for. `parent` is the Canvas id of the group set or group, if any."""

    course: int
    parent: int | None = None


@dataclass(slots=True, kw_only=True)
class Row:
    """One row for one table.

    Shape: `values` column → value, `extra` included; a column that is absent keeps what is stored.
    `links` relation → its parent, None for "has none"; an absent relation keeps what is stored.
    `first_values` and `first_links` are set only when the row is created. `whole` names the child
    tables of which the payload listed every row: a stored child that is missing there is gone.
    `read_at`: when Canvas was asked, for rows that only one source tells of. `mark`: what tells
    from the record's bytes that nothing changed (see `sync.likeness`), where there may be one.
    """

    table: str
    key: int | str
    values: dict[str, Any]
    links: dict[str, Ref | None] = field(default_factory=dict)
    first_values: dict[str, Any] = field(default_factory=dict)
    first_links: dict[str, Ref | None] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    read_at: datetime | None = None
    mark: str | None = None


Transform: TypeAlias = Callable[[Payload, Scope], Iterator[Row]]
