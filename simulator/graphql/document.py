"""A GraphQL document as values, and the error that says what is wrong with one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Wrong(Exception):
    """A query that is refused whole: no data comes with it. `error`: as in the answer."""

    def __init__(self, text: str, *, at: Place | None = None, **more: Any) -> None:
        super().__init__(text)
        where = {} if at is None else {"locations": [{"line": at.line, "column": at.column}]}
        self.error: dict[str, Any] = {"message": text, **where, **more}


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column of a token, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name` where a value may stand."""

    name: str


class EnumWord(str):
    """A bare word as a value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A variable of an operation."""

    name: str
    required: bool
    default: Any
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """One field asked for. `key` is its name in the answer."""

    key: str
    name: str
    arguments: dict[str, Any]
    selected: list[Selected | Spread]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """`...name`, or `... on type { }` with its own selections."""

    fragment: str | None
    on: str | None
    selected: list[Selected | Spread]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is to be done; `kind` is query, mutation or subscription."""

    kind: str
    name: str | None
    variables: list[Declared]
    selected: list[Selected | Spread]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """All of it. Fragments by name."""

    operations: list[Operation]
    fragments: dict[str, Spread] = field(default_factory=dict)
