"""How fresh each source of a course is: written when a source is closed, read by the agenda.

Writes no mirrored row, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from sync.models import Watermark
from sync.proof import Mode, Proof, Proofs
from sync.target import Target


async def keep_watermarks(
    course: int, proofs: Proofs, target: Target, *, sources: Iterable[str], full_because: str = ""
) -> None:
    """Keep the watermarks of those `sources` that are proven; of the others nothing is said.

    Call it in the transaction that closes the source's own table, so that both are there or
    neither. `course` is Canvas's id. `full_because`: what the next reading must read everything
    for, such as deletions that are held. A rehearsal (no run) writes nothing; neither does a
    reading whose beginning Canvas's clock did not tell. One that began before the one stored leaves
    nothing but `full_because`.
    """
    if target.run is None:
        return
    for source in sorted(sources):  # two of us never wait in a circle
        proof = proofs.get(source)
        if proof is not None and proof.began_at is not None:
            await _keep(course, source, proof, target, full_because=full_because)


async def watermark_of(source: str, *, course: int, integration: int) -> Watermark | None:
    """The watermark of one source; None when it was never closed."""
    rows = Watermark.objects.filter(integration=integration, course=course, source=source)
    return await rows.afirst()


async def _keep(
    course: int, source: str, proof: Proof, target: Target, *, full_because: str
) -> None:
    own: dict[str, Any] = {"integration_id": target.integration, "course": course, "source": source}
    # In one statement: whoever began later may be here at the same time.
    earlier = Q(read_at__isnull=True) | Q(read_at__lte=proof.began_at)
    marks = Watermark.objects.filter(earlier, **own)
    change = {
        "run_id": target.run,
        "mode": proof.mode,
        "read_at": proof.began_at,
        "full_because": _why_full(proof, full_because),
        "stored_at": timezone.now(),
        **_figures(proof),
    }
    if await marks.aupdate(**change):
        return
    await Watermark.objects.aget_or_create(**own)
    because = full_because or proof.full_because
    if not await marks.aupdate(**change) and because:
        # A later one is there, perhaps by a clock of whole seconds. It cannot have settled this.
        await Watermark.objects.filter(**own).aupdate(full_because=because[:100])


def _why_full(proof: Proof, full_because: str) -> str | F:
    """A full reading clears what was due until then; another one only adds to it."""
    because = (full_because or proof.full_because)[:100]
    return because if because or proof.mode is Mode.FULL else F("full_because")


def _figures(proof: Proof) -> dict[str, Any]:
    """Columns: those of a full reading, or those of another."""
    if proof.mode is not Mode.FULL:
        return {"requests": proof.requests, "cost": proof.cost, "seconds": proof.seconds}
    return {
        "complete_at": proof.began_at,
        "full_requests": proof.requests,
        "full_cost": proof.cost,
        "full_seconds": proof.seconds,
    }
