"""After a scope was read: tombstones, links, roll-ups. What each step means is its own room's."""

from __future__ import annotations

from sync.closing import Held, close_tables
from sync.load import Target
from sync.proof import Proofs
from sync.relink import relink
from sync.rollups import roll_up


async def postprocess(
    course: int, proofs: Proofs, target: Target, *, accept_deletes: bool
) -> list[Held]:
    """Close a course whose listings have been stored; returns the deletions that were held.

    `course` is Canvas's id, `proofs` has the sources that were read completely. Every step
    commits for itself and can be repeated.
    """
    held = await close_tables(course, proofs, target, accept_deletes=accept_deletes)
    await relink(course, target)
    await roll_up(course, integration=target.integration)
    return held
