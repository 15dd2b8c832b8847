"""What a batch leaves in the ledger, in its own transaction: rejects, and how far listings are."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from django.utils import timezone

from sync.batch import Batch, Rejected
from sync.models import Checkpoint, Reject


def write_ledger(batch: Batch, *, run: int, rejects: Iterable[Rejected]) -> None:
    """Blocks; call it in the transaction of the rows."""
    Reject.objects.bulk_create(
        Reject(
            run_id=run,
            source=reject.source,
            table=reject.table,
            canvas_id=reject.canvas_id,
            reason=reject.reason,
            excerpt=reject.excerpt,
        )
        for reject in rejects
    )
    by_parent = sorted(batch.progress, key=lambda page: page.scope.parent or 0)
    for parent, pages in groupby(by_parent, key=lambda page: page.scope.parent or 0):
        last = max(pages, key=lambda page: page.pages)
        Checkpoint.objects.update_or_create(
            run_id=run,
            source=batch.source,
            parent=parent,
            defaults={
                "pages": last.pages,
                "records": last.records,
                "next_url": last.next_url,
                "stored_at": timezone.now(),
            },
        )
