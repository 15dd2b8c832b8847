"""The floor's payloads into rows: typed, hashed, ready for COPY, and nothing else done with them.

Knows the shape of the simulator's records; has no rejects, no relations, no absent-is-not-null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import count
from typing import Any, Final, TypeAlias

import msgspec
from django.db import models

from sync.tables import BY_NAME

Row: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = dict[str, list[Row]]

_TYPES: Final[dict[str, Any]] = {
    "BigIntegerField": int,
    "BooleanField": bool,
    "CharField": str,
    "DateField": dt.date,
    "DateTimeField": dt.datetime,
    "FloatField": float,
    "ForeignKey": int,
    "TextField": str,
}
# Columns every table has, which no payload names.
_OWN: Final = (
    *("id", "integration_id", "canvas_id", "content_hash"),
    *("first_seen_at", "changed_at", "deleted_at", "read_at", "extra"),
)
# Where a record holds rows of another table: table → key of the payload → that table.
EMBEDDED: Final[dict[str, dict[str, str]]] = {
    "courses": {"term": "terms"},
    "enrollments": {"user": "users"},
    "assignments": {"overrides": "assignment_overrides"},
    "rubrics": {"data": "rubric_criteria"},
    "rubric_criteria": {"ratings": "rubric_ratings"},
    "submissions": {
        "submission_comments": "submission_comments",
        "rubric_assessment": "rubric_assessments",
    },
}
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_encode: Final = msgspec.json.Encoder().encode
_NOW: Final = dt.datetime.now(dt.UTC)
_INTEGRATION: Final = 1


class Form:
    """One table: how a record of it is decoded, and the columns its tuples stand for."""

    def __init__(self, table: str, sample: Iterable[dict[str, Any]]) -> None:
        self.table = table
        its = {field.attname: field for field in BY_NAME[table].model._meta.concrete_fields}
        self.named = [name for name in its if name not in _OWN and name != "payload_hash"]
        self.parts = list(EMBEDDED.get(table, ()))
        known = {"id", *its, *self.parts}
        self.others = sorted({key for one in sample for key in one} - known)
        self._documents = self._places(its, models.JSONField)
        self._relations = self._places(its, models.ForeignKey)
        self._person = self.named.index("user_id") if "user_id" in its else None
        self._tail: Row = ("",) if "payload_hash" in its else ()
        self.columns = (*_OWN, *self.named, *(["payload_hash"] if self._tail else []))
        self._keys = count(1)
        shape = self._struct(its)
        self.decode: Callable[[Any], Any] = msgspec.json.Decoder(shape, strict=False).decode

    def _places(self, its: dict[str, Any], kind: type[Any]) -> list[int]:
        return [place for place, name in enumerate(self.named) if isinstance(its[name], kind)]

    def _struct(self, its: dict[str, Any]) -> type[msgspec.Struct]:
        typed = [
            (name, _TYPES.get(its[name].get_internal_type(), Any) | None, _default(its[name]))
            for name in self.named
        ]
        loose = [(name, Any, None) for name in self.parts]
        extra = [(name, Any, msgspec.UNSET) for name in self.others]
        return msgspec.defstruct("Record", [("id", Any, None), *typed, *loose, *extra])

    def row(self, key: Any, values: list[Any], *, digest: str, parent: Any) -> Row:
        """The tuple to COPY; `values` are those of the struct behind its id."""
        wide = len(self.named)
        named = values[:wide]
        for place in self._documents:
            if named[place] is not None:
                named[place] = _encode(named[place]).decode()
        for place in self._relations:
            if named[place] is None:
                named[place] = parent if self._person is None else named[self._person]
        rest = zip(self.others, values[wide + len(self.parts) :], strict=True)
        extra = {name: value for name, value in rest if value is not msgspec.UNSET}
        own = (next(self._keys), _INTEGRATION, key, digest, _NOW, _NOW, None, _NOW)
        return (*own, _encode(extra).decode(), *named, *self._tail)


def _default(field: Any) -> Any:
    return None if field.null or not field.has_default() else field.get_default()


class Reader:
    """Pages of one table into rows of it and of those embedded in it."""

    def __init__(self) -> None:
        self._forms: dict[str, Form] = {}

    def columns(self, table: str) -> tuple[str, ...]:
        return self._forms[table].columns

    def read(self, table: str, body: bytes, *, listing: bool, parent: int) -> Rows:
        """`parent`: what a relation that no record names is filled with."""
        rows: Rows = {}
        records = _LIST.decode(body) if listing else [msgspec.Raw(body)]
        if records and table not in self._forms:
            self._forms[table] = Form(table, [msgspec.json.decode(one) for one in records])
        for record in records:
            form = self._forms[table]
            self._add(form, bytes(record), rows, parent=parent)
        return rows

    def _add(self, form: Form, raw: bytes, rows: Rows, *, parent: Any, key: Any = None) -> None:
        digest = sha256(raw).hexdigest()[:32]
        identity, *values = msgspec.structs.astuple(form.decode(raw))
        key = identity if key is None else key
        own = rows.setdefault(form.table, [])
        own.append(form.row(key, values, digest=digest, parent=parent))
        for place, name in enumerate(form.parts, len(form.named)):
            if values[place]:
                for part_key, part in _parts(values[place]):
                    self._embed(EMBEDDED[form.table][name], part, rows, parent=key, key=part_key)

    def _embed(
        self, table: str, payload: dict[str, Any], rows: Rows, *, parent: Any, key: Any
    ) -> None:
        if table not in self._forms:
            self._forms[table] = Form(table, [payload])
        self._add(self._forms[table], _encode(payload), rows, parent=parent, key=key)


def _parts(found: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A list of records, one record, or criterion → what was given for it."""
    if isinstance(found, list):
        yield from ((None, part) for part in found)
    elif "id" in found:
        yield None, found
    else:
        yield from found.items()
