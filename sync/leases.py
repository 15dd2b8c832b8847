"""Leases of courses: taken by whoever will write, from whoever is silent for too long or is dead.

Commands, workers and webhook refreshes obey the same lease; the clock is the database's. What is
written under one is checked in `sync.fence`.
"""

from __future__ import annotations

from typing import Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Now

from sync.alive import has_ended, this_worker
from sync.clock import in_seconds
from sync.fence import Fence
from sync.models import Lease

_FREE: Final = Q(run=None) | Q(expires_at__lte=Now())


async def take(integration: int, course: int, *, run: int | None) -> Fence | None:
    """The lease of a course for LEASE_SECONDS, with a new epoch; None while another has it.

    `course` is Canvas's id. The lease of a process of this machine that has ended is free at once,
    that of any other when its term is over.
    """
    return await sync_to_async(_take)(integration, course, run)


async def release(fence: Fence) -> None:
    """Give it back; one that another has taken meanwhile is left alone."""
    ours = Lease.objects.filter(pk=fence.lease, epoch=fence.epoch)
    await ours.aupdate(run=None, holder="", expires_at=Now())


def held() -> QuerySet[Lease]:
    """Leases whose term is not over. Whether their holders live is for `is_abandoned` to say."""
    return Lease.objects.exclude(_FREE)


async def holder_of(integration: int, course: int) -> Lease | None:
    """Who has the course now; None when it is free to be taken."""
    lease = await held().filter(integration=integration, course=course).afirst()
    return None if lease is None or is_abandoned(lease) else lease


def is_abandoned(lease: Lease) -> bool:
    """Whether its holder is a process of this machine that has ended, so that nobody need wait."""
    return has_ended(lease.holder)


def _take(integration: int, course: int, run: int | None) -> Fence | None:
    row = {"integration_id": integration, "course": course}
    if not Lease.objects.filter(**row).exists():
        Lease.objects.bulk_create([Lease(**row, expires_at=Now())], ignore_conflicts=True)
    with transaction.atomic():
        lease = _locked(integration, course)
        if lease is None or not (getattr(lease, "is_free", False) or is_abandoned(lease)):
            return None
        epoch = lease.epoch + 1
        Lease.objects.filter(pk=lease.pk).update(
            epoch=epoch,
            run=run,
            holder=this_worker(),
            expires_at=in_seconds(settings.LEASE_SECONDS),
        )
    return Fence(lease=lease.pk, epoch=epoch, run=run)


def _locked(integration: int, course: int) -> Lease | None:
    """None while a transaction of its holder is under way: then it is certainly not free.

    A holder that is frozen inside of one is ended by PostgreSQL (see `sync.sessions`).
    """
    is_free = ExpressionWrapper(_FREE, output_field=BooleanField())
    can_skip = transaction.get_connection().features.has_select_for_update_skip_locked
    rows = Lease.objects.select_for_update(skip_locked=bool(can_skip))
    return rows.annotate(is_free=is_free).filter(integration=integration, course=course).first()
