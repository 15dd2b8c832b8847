"""The named operations and the one way to run them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.mutations.effects import compare
from simulator.mutations.snapshot import snapshot
from simulator.world.world import ID_BLOCK, World

Result = dict[str, Any]
Operation = Callable[..., Result]
OPERATIONS: dict[str, Operation] = {}


def operation(change: Operation) -> Operation:
    """Make a function an operation under its own name."""
    OPERATIONS[change.__name__.rstrip("_")] = change
    return change


def mutate(world: World, op: str, fields: dict[str, Any]) -> Result:
    """Run an operation; the answer counts what listings show differently afterwards.

    Raises KeyError for an unknown operation, LookupError for a row that does not exist.
    """
    change = OPERATIONS.get(op)
    if change is None:
        raise KeyError(f"no operation {op!r}; there are: {', '.join(sorted(OPERATIONS))}")
    make_named_courses(world, op, fields)
    before = snapshot(world)
    result = change(world, **fields)
    return compare(before, snapshot(world)) | {"op": op, "result": result}


def make_named_courses(world: World, op: str, fields: dict[str, Any]) -> None:
    """Courses made lazily must exist before the first snapshot, or all they hold looks new."""
    if op == "demo":
        world.ensure(fields.get("course_id") or min(world.courses.rows))
    elif "into_user_id" in fields or not any(name.endswith("_id") for name in fields):
        world.ensure_all()
    for name, value in fields.items():
        if (name == "id" or name.endswith("_id")) and isinstance(value, int):
            world.ensure(value)
            world.ensure(value // ID_BLOCK)


def row(world: World, table: str, row_id: int) -> Any:
    """A row to change. Raises LookupError when it does not exist or is deleted."""
    found = world.table(table).get(row_id)
    if found is None or getattr(found, "workflow_state", None) == "deleted":
        raise LookupError(f"no living row {row_id} in {table}")
    return found
