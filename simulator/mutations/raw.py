"""Changes by hand: any field of any row, a row out of its table, the clock."""

from __future__ import annotations

from typing import Any

from simulator.mutations.registry import Result, operation
from simulator.world.world import World


@operation
def set_(world: World, table: str, id: int, **fields: Any) -> Result:
    """Fields of a row as given, without any of the side effects Canvas has."""
    target = world.table(table)
    if id not in target:
        raise LookupError(f"no row {id} in {table}")
    unknown = [name for name in fields if not hasattr(target[id], name)]
    if unknown:
        raise LookupError(f"rows of {table} have no field {', '.join(unknown)}")
    target.change(target[id], **fields)
    return {"id": id}


@operation
def remove(world: World, table: str, id: int) -> Result:
    """A row out of its table for good. For rows that nothing else points to."""
    target = world.table(table)
    if id not in target:
        raise LookupError(f"no row {id} in {table}")
    target.drop(id)
    return {"id": id}


@operation
def advance_clock(world: World, seconds: float) -> Result:
    """Time passes at once; late and missing follow from it."""
    world.clock.advance(seconds)
    return {"now": world.now()}
