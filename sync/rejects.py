"""Records that were set aside: which still are, and when a later reading has settled them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from sync.models import Reject


def open_rejects() -> QuerySet[Reject]:
    """Those no later reading has settled, the newest first; run and integration loaded."""
    unsettled = Reject.objects.filter(resolved_at__isnull=True)
    return unsettled.select_related("run__integration").order_by("-pk")


def settle_rejects(course: int, *, integration: int, run: int, sources: Iterable[str]) -> int:
    """Settle what earlier runs set aside of `sources`, whose whole lists `run` has now read.

    What could not be stored this time either stands in the ledger anew, under this run. Returns
    how many were settled. Blocks.
    """
    earlier = Reject.objects.filter(
        run__integration=integration,
        run__course=course,
        run_id__lt=run,
        source__in=list(sources),
        resolved_at__isnull=True,
    )
    return earlier.update(resolved_at=timezone.now())
