"""Whose turn a chore is: whoever moves its time on does it, of many at once one.

The clock is the database's.
"""

from __future__ import annotations

from django.db.models.functions import Now

from sync.clock import in_seconds
from sync.models import Chore


async def take_turn(name: str, *, every_s: float) -> bool:
    """Whether the chore is due, and nobody else does it."""
    due = Chore.objects.filter(name=name, next_at__lte=Now())
    if await due.aupdate(next_at=in_seconds(every_s)):
        return True
    if await Chore.objects.filter(name=name).aexists():
        return False
    await Chore.objects.abulk_create([Chore(name=name)], ignore_conflicts=True)
    return bool(await due.aupdate(next_at=in_seconds(every_s)))
