"""What a batch leaves in the ledger, in its own transaction: rejects, and all to go on from there.

A few statements, however many listings a batch is of. Batches of one source commit in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from django.db.models.functions import Now

from canvas.client import Gap
from sync.batch import Batch, Progress, Rejected
from sync.earlier import Bookmark, ListingEnd
from sync.errors import LeaseLost
from sync.models import Checkpoint, Reject, Run, Seen


def write_ledger(batch: Batch, *, run: int, rejects: Iterable[Rejected], sight: bytes) -> None:
    """Blocks; call it in the transaction of the rows. Raises LeaseLost for a run that is gone.

    `sight`: what the source was seen to have with this batch (see `sync.sight`).
    """
    _show_life(run)
    Reject.objects.bulk_create(Reject(run_id=run, **asdict(reject)) for reject in rejects)
    Checkpoint.objects.bulk_create(
        (_checkpoint(progress, run=run, source=batch.source) for progress in _newest(batch)),
        update_conflicts=True,
        unique_fields=["run", "source", "parent"],
        update_fields=["pages", "records", "next_url", "began_at", "proof", "stored_at"],
    )
    Seen.objects.bulk_create(
        [Seen(run_id=run, source=batch.source, rows=sight)],
        update_conflicts=True,
        unique_fields=["run", "source"],
        update_fields=["rows"],
    )


def bookmark_of(checkpoint: Checkpoint) -> Bookmark:
    proof: dict[str, Any] | None = checkpoint.proof
    return Bookmark(
        pages=checkpoint.pages,
        records=checkpoint.records,
        next_url=checkpoint.next_url,
        began_at=checkpoint.began_at,
        end=None if proof is None else _end_of(proof),
    )


def _show_life(run: int) -> None:
    if not Run.objects.filter(pk=run).update(alive_at=Now()):
        raise LeaseLost(run)


def _newest(batch: Batch) -> Iterator[Progress]:
    """Of each listing the place it has come to with this batch."""
    in_order = sorted(batch.progress, key=lambda page: page.pages)
    yield from {page.scope.parent or 0: page for page in in_order}.values()


def _checkpoint(progress: Progress, *, run: int, source: str) -> Checkpoint:
    return Checkpoint(
        run_id=run,
        source=source,
        parent=progress.scope.parent or 0,
        pages=progress.pages,
        records=progress.records,
        next_url=progress.next_url,
        began_at=progress.began_at,
        proof=None if progress.end is None else _proof_of(progress.end),
        stored_at=Now(),
    )


def _proof_of(end: ListingEnd) -> dict[str, Any]:
    return {
        "gap": end.gap.name if end.gap else None,
        "counted": end.counted,
        "left_out": sorted(end.left_out),
    }


def _end_of(proof: dict[str, Any]) -> ListingEnd:
    return ListingEnd(
        gap=Gap[proof["gap"]] if proof["gap"] else None,
        counted=proof["counted"],
        left_out=frozenset(proof["left_out"]),
    )
