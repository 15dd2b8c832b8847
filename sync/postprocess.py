"""After a scope was read: tombstones, links, roll-ups. What each step means is its own room's."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from sync.closing import Closing, close_tables
from sync.fence import fenced
from sync.history import prune_history
from sync.lateness import note_missing
from sync.proof import Mode
from sync.rejects import settle_rejects
from sync.relink import relink
from sync.rollups import roll_up
from sync.target import Target


async def postprocess(closing: Closing, target: Target) -> None:
    """Close a course whose listings have been stored, and of which Canvas was asked what is gone.

    Every step commits for itself and can be repeated.
    """
    await close_tables(closing, target)
    async with fenced(target.fence):
        await sync_to_async(_settle)(closing, target)
    await relink(closing.course, target)
    unread = closing.candidates.unseen.get("submissions")
    await note_missing(closing.course, target, among=unread)
    await roll_up(closing.course, integration=target.integration, fence=target.fence)


def _settle(closing: Closing, target: Target) -> None:
    """What earlier runs set aside of lists now read anew, and values older than what is kept."""
    if target.run is None:
        return
    whole = [name for name, proof in closing.proofs.items() if proof.mode is Mode.FULL]
    settle_rejects(closing.course, integration=target.integration, run=target.run, sources=whole)
    prune_history()
