"""Answers what was checked, row by row, and counts the rows it showed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.call import Call
from simulator.graphql.check import TYPENAME, Asked, Checker
from simulator.graphql.document import Operation, Wrong
from simulator.graphql.paging import BadCursor, window
from simulator.graphql.parse import parse
from simulator.graphql.schema import SCHEMA

Json = dict[str, Any]


def execute(
    call: Call, query: str, *, variables: Mapping[str, Any], operation_name: str | None = None
) -> tuple[Json, int]:
    """The answer as Canvas would give it, errors included, and how many rows are in it."""
    try:
        document = parse(query)
        operation = _chosen(document.operations, operation_name)
        asked = Checker(SCHEMA, document, variables).checked(operation)
    except Wrong as wrong:
        return {"errors": [wrong.error]}, 0
    running = Running(call)
    data = running.fields(None, asked, path=[])
    answer: Json = {"data": data}
    if running.errors:
        answer["errors"] = running.errors
    return answer, running.rows


def _chosen(operations: list[Operation], name: str | None) -> Operation:
    named = [one for one in operations if name in (None, one.name)]
    if len(named) != 1:
        raise Wrong("An operation name is required")
    [operation] = named
    if operation.kind != "query":
        raise Wrong(
            f"The simulator does not write: no {operation.kind}",
            extensions={"code": "undefinedField"},
        )
    return operation


class Running:
    """One answer in the making."""

    def __init__(self, call: Call) -> None:
        self.call, self.rows = call, 0
        self.errors: list[Json] = []

    def fields(self, row: Any, asked: list[Asked], *, path: list[str | int]) -> Json:
        return {one.key: self.field(row, one, path=[*path, one.key]) for one in asked}

    def field(self, row: Any, one: Asked, *, path: list[str | int]) -> Any:
        if one.field is TYPENAME:
            return one.on
        try:
            value = self.resolved(row, one)
        except BadCursor as error:
            self.fail(f"Invalid cursor: {str(error)!r}", one, path=path)
            return None
        if one.field.of is None or value is None:
            return value
        if not isinstance(value, list):
            return self.fields(value, one.asked, path=path)
        self.rows += len(value)
        return [self.fields(each, one.asked, path=[*path, n]) for n, each in enumerate(value)]

    def resolved(self, row: Any, one: Asked) -> Any:
        arguments = dict(one.arguments)
        if not one.field.connection:
            return one.field.resolve(self.call, row, **arguments)
        paging = {name: arguments.pop(name, None) for name in ("first", "after")}
        found = one.field.resolve(self.call, row, **arguments)
        return None if found is None else window(found, **paging)

    def fail(self, text: str, one: Asked, *, path: list[str | int]) -> None:
        """A field that is null because of an error; the rest is answered."""
        place = {"line": one.place.line, "column": one.place.column}
        self.errors.append({"message": text, "locations": [place], "path": path})
