"""What the fields of a schema are made of: where a value comes from and what may be asked."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from simulator.call import Call
from simulator.query import INSTANT

Coerce = Callable[[Any], Any]
Resolve = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a type. `resolve` gets the call and the row, and the arguments it takes.

    `of`: the type of what it gives; None for a scalar. A `connection` gives all rows, of which a
    page is shown; None where the caller may not list them.
    """

    resolve: Resolve
    of: str | None = None
    connection: bool = False
    arguments: Mapping[str, Coerce] = field(default_factory=dict)


Types = Mapping[str, Mapping[str, Field]]


def scalar(name: str, *, otherwise: Any = None) -> Field:
    """A column of the row; `otherwise` in the place of null."""

    def resolve(call: Call, row: Any) -> Any:
        value = getattr(row, name)
        return otherwise if value is None else value

    return Field(resolve=resolve)


def scalars(**columns: str) -> dict[str, Field]:
    """Name of the field → name of the column."""
    return {name: scalar(column) for name, column in columns.items()}


def identity(kind: str) -> dict[str, Field]:
    """The opaque `id` and the numeric `_id`, both texts (canvas-api 5.4)."""
    return {
        "id": Field(resolve=lambda call, row: relay_id(kind, row.id)),
        "_id": Field(resolve=lambda call, row: str(row.id)),
    }


def relay_id(kind: str, row_id: int) -> str:
    """An id that says of what."""
    return base64.urlsafe_b64encode(f"{kind}-{row_id}".encode()).decode()


def connection(of: str, resolve: Callable[..., Sequence[Any] | None], **arguments: Coerce) -> Field:
    """A list that is shown page by page, forwards only; `first` and `after` are the paging's."""
    return Field(
        resolve=resolve,
        of=f"{of}Connection",
        connection=True,
        arguments={"first": size, "after": text, **arguments},
    )


def whole(value: Any) -> int:
    """An Int. Raises TypeError for another value, as all of these do."""
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise TypeError("Int")
    return value


def size(value: Any) -> int:
    """An Int that counts."""
    if whole(value) < 0:
        raise TypeError("Int from 0 on")
    return whole(value)


def text(value: Any) -> str:
    """A String."""
    if not isinstance(value, str):
        raise TypeError("String")
    return value


def ident(value: Any) -> str:
    """An ID: a text, or a whole number for one."""
    return text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def instant(value: Any) -> str:
    """A DateTime in Canvas's own form."""
    if not isinstance(value, str) or INSTANT.fullmatch(value) is None or "T" not in value:
        raise TypeError("DateTime")
    return value


def word(*known: str) -> Coerce:
    """One of an enum's words; a variable holds it as a text."""

    def coerce(value: Any) -> str:
        if value not in known:
            raise TypeError(f"one of {', '.join(known)}")
        return str(value)

    return coerce


def many(each: Coerce) -> Coerce:
    """A list; one value counts as a list of one."""
    return lambda value: [each(one) for one in (value if isinstance(value, list) else [value])]


def fields(**known: Coerce) -> Coerce:
    """An input object; null members count as absent."""

    def coerce(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not value.keys() <= known.keys():
            raise TypeError(f"an object of {', '.join(known)}")
        return {name: known[name](one) for name, one in value.items() if one is not None}

    return coerce


IDS: Final = many(ident)
