"""A document against the schema: what cannot be answered, or costs too much, is refused whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.graphql.document import (
    Declared,
    Document,
    Operation,
    Place,
    Selected,
    Spread,
    Variable,
    Wrong,
)
from simulator.graphql.paging import page_size
from simulator.graphql.types import Field, Types

MAX_DEPTH: Final = 15
MAX_COMPLEXITY: Final = 375_000
MAX_ALIASES: Final = 20
TYPENAME: Final = Field(resolve=lambda call, row: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A field that can be resolved, its arguments filled in. `on`: the type it belongs to."""

    key: str
    field: Field
    arguments: Mapping[str, Any]
    asked: list[Asked]
    on: str
    place: Place = dataclasses.field(compare=False)


class Checker:
    """One operation being checked. Raises Wrong with the errors graphql-ruby would give."""

    def __init__(self, types: Types, document: Document, variables: Mapping[str, Any]) -> None:
        self.types, self.document, self.given = types, document, variables
        self.values: dict[str, Any] = {}
        self.used: set[str] = set()
        self.aliases = 0

    def checked(self, operation: Operation) -> list[Asked]:
        """What is to be resolved on the root."""
        self.values = {one.name: self.variable(one) for one in operation.variables}
        asked = self.select("Query", operation.selected, path=("query",))
        for one in operation.variables:
            if one.name not in self.used:
                text = f"Variable ${one.name} is declared by anonymous query but not used"
                raise _static(text, "variableNotUsed", at=one.place, path=("query",))
        if self.aliases > MAX_ALIASES:
            raise Wrong(f"Query has {self.aliases} aliases, which exceeds {MAX_ALIASES}")
        if (units := sum(map(complexity, asked))) > MAX_COMPLEXITY:
            over = f"which exceeds max complexity of {MAX_COMPLEXITY}"
            raise Wrong(f"Query has complexity of {units}, {over}")
        return asked

    def variable(self, declared: Declared) -> Any:
        value = self.given.get(declared.name, declared.default)
        if value is None and declared.required:
            problem = {"path": [], "explanation": "Expected value to not be null"}
            text = f"Variable ${declared.name} was provided invalid value"
            raise Wrong(text, at=declared.place, extensions={"value": None, "problems": [problem]})
        return value

    def select(
        self, on: str, selected: list[Selected | Spread], *, path: tuple[str, ...]
    ) -> list[Asked]:
        """The fields of one object, those of fragments among them, each key once."""
        if len(path) > MAX_DEPTH + 1:
            raise Wrong(f"Query has depth of {len(path)}, which exceeds max depth of {MAX_DEPTH}")
        found: dict[str, Asked] = {}
        for one in self.flat(on, selected, path=path):
            asked = self.field(on, one, path=(*path, one.key))
            if one.key in found and (one.selected or asked != found[one.key]):
                raise _static(f"{one.key} is asked for twice", "fieldConflict", one.place, path)
            found[one.key] = asked
        return list(found.values())

    def flat(
        self, on: str, selected: list[Selected | Spread], *, path: tuple[str, ...], depth: int = 0
    ) -> Iterator[Selected]:
        for one in selected:
            if isinstance(one, Selected):
                yield one
                continue
            spread = self.document.fragments.get(one.fragment) if one.fragment else one
            if spread is None or spread.on not in (on, None) or depth > MAX_DEPTH:
                text = f"Fragment cannot be spread inside {on}"
                raise _static(text, "cannotSpreadFragment", one.place, path)
            yield from self.flat(on, spread.selected, path=path, depth=depth + 1)

    def field(self, on: str, one: Selected, *, path: tuple[str, ...]) -> Asked:
        known = TYPENAME if one.name == "__typename" else self.types[on].get(one.name)
        if known is None:
            text = f"Field '{one.name}' doesn't exist on type '{on}'"
            more = {"typeName": on, "fieldName": one.name}
            raise _static(text, "undefinedField", one.place, path, **more)
        if bool(one.selected) != (known.of is not None):
            text = f"Field '{one.name}' and its selections do not fit"
            raise _static(text, "selectionMismatch", one.place, path)
        self.aliases += one.key != one.name
        return Asked(
            key=one.key,
            field=known,
            arguments=self.arguments(known, one, path=path),
            asked=self.select(known.of, one.selected, path=path) if known.of else [],
            on=on,
            place=one.place,
        )

    def arguments(self, known: Field, one: Selected, *, path: tuple[str, ...]) -> dict[str, Any]:
        found = {}
        for name, written in one.arguments.items():
            if name not in known.arguments:
                text = f"Field '{one.name}' doesn't accept argument '{name}'"
                raise _static(text, "argumentNotAccepted", one.place, path)
            value = self.filled(written, at=one.place, path=path)
            if value is None:
                continue
            try:
                found[name] = known.arguments[name](value)
            except TypeError as error:
                text = f"Argument '{name}' on Field '{one.name}' is no {error}"
                raise _static(text, "argumentLiteralsIncompatible", one.place, path) from error
        if "id" in known.arguments and "id" not in found:
            text = f"Field '{one.name}' is missing required arguments: id"
            raise _static(text, "missingRequiredArguments", one.place, path)
        return found

    def filled(self, written: Any, *, at: Place, path: tuple[str, ...]) -> Any:
        """The value with its variables in their places."""
        if isinstance(written, Variable):
            if written.name not in self.values:
                text = f"Variable ${written.name} is used but not declared"
                raise _static(text, "variableNotDefined", at, path)
            self.used.add(written.name)
            return self.values[written.name]
        if isinstance(written, dict):
            return {name: self.filled(one, at=at, path=path) for name, one in written.items()}
        if isinstance(written, list):
            return [self.filled(one, at=at, path=path) for one in written]
        return written


def complexity(asked: Asked) -> int:
    """One for each field, those of a connection as often as its page may have rows."""
    inside = {one.key: complexity(one) for one in asked.asked}
    if not asked.field.connection:
        return 1 + sum(inside.values())
    about = sum(units for key, units in inside.items() if key == "pageInfo")
    rows = page_size(asked.arguments.get("first"))
    return 1 + about + rows * (sum(inside.values()) - about)


def _static(text: str, code: str, at: Place, path: tuple[str, ...], **more: str) -> Wrong:
    return Wrong(text, at=at, path=list(path), extensions={"code": code, **more})
