"""What a writer shows inside its transaction: that the course is still its own to write.

Whoever was only frozen and wakes up after another took its lease is refused here, before anything
of its transaction is kept. Takes no lease and gives none back (`sync.leases` does).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction

from sync.clock import in_seconds
from sync.errors import LeaseLost
from sync.models import Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A lease as it was given: `lease` is its primary key, `epoch` the one that came with it."""

    lease: int
    epoch: int
    run: int | None


@asynccontextmanager
async def fenced(fence: Fence | None) -> AsyncIterator[None]:
    """A transaction that ends well only if the lease is still ours; that renews it, too.

    The row of the lease stays locked until the commit, so nobody can take it in between. The check
    comes last, as transactions of one run may overlap. Raises LeaseLost, with nothing kept. None is
    for a rehearsal, and for whoever is alone by other means.
    """
    async with transaction.atomic():
        yield
        if fence is not None:
            await sync_to_async(hold)(fence)


def hold(fence: Fence) -> None:
    """Renew the lease by the database's clock. Blocks. Raises LeaseLost when it is another's."""
    ours = Lease.objects.filter(pk=fence.lease, epoch=fence.epoch)
    if not ours.update(expires_at=in_seconds(settings.LEASE_SECONDS)):
        raise LeaseLost(fence.run)
