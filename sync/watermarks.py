"""How fresh each source of a course is: written when a source is closed, read by the agenda.

Writes no mirrored row, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from django.utils import timezone

from sync.models import Reject, Watermark
from sync.proof import Mode, Proof, Proofs
from sync.target import Target

REJECTS_OPEN: Final = "records of it were set aside"

_LONGEST: Final = 100  # characters of `full_because`
_KEPT: Final = (
    "run",
    "mode",
    "read_at",
    "complete_at",
    "full_because",
    "full_requests",
    "full_cost",
    "full_seconds",
    "requests",
    "cost",
    "seconds",
    "stored_at",
)


def keep_watermarks(
    course: int, proofs: Proofs, target: Target, *, sources: Iterable[str], full_because: str = ""
) -> None:
    """Keep the watermarks of those `sources` that are proven; of the others nothing is said.

    Call it in the transaction that closes the source's own table, so that both are there or
    neither. `course` is Canvas's id. `full_because`: what the next reading must read everything
    for, such as deletions that are held. A rehearsal (no run) writes nothing; neither does a
    reading whose beginning Canvas's clock did not tell, nor one of what events had named. One that
    began before the one stored leaves nothing but `full_because`. A full reading that leaves one
    does not move `complete_at`: not all that Canvas had is here, or something is that it no longer
    had. Blocks.
    """
    due = {name: proof for name in sources if (proof := proofs.get(name)) and _tells(proof)}
    if target.run is None or not due:
        return
    marks = _locked(due, course=course, integration=target.integration)
    rejects = Reject.objects.filter(run=target.run, source__in=due).values_list("source", flat=True)
    because = dict.fromkeys(rejects.distinct(), REJECTS_OPEN)
    for mark in marks:
        proof = due[mark.source]
        reason = full_because or proof.full_because or because.get(mark.source, "")
        _note(mark, proof, target.run, because=reason[:_LONGEST])
        mark.pk = None  # SQLite takes an equal key for another conflict than the one we name
    Watermark.objects.bulk_create(
        marks,
        update_conflicts=True,
        unique_fields=["integration", "course", "source"],
        update_fields=_KEPT,
    )


def _tells(proof: Proof) -> bool:
    return proof.began_at is not None and not proof.of_marks


def watermark_of(source: str, *, course: int, integration: int) -> Watermark | None:
    """The watermark of one source; None when it was never closed. Blocks."""
    rows = Watermark.objects.filter(integration=integration, course=course, source=source)
    return rows.first()


def _locked(sources: Collection[str], *, course: int, integration: int) -> list[Watermark]:
    """Of every source one, made where there was none; whoever began later may be here, too."""
    rows = Watermark.objects.filter(integration=integration, course=course, source__in=sources)
    in_order = rows.select_for_update().order_by("source")  # two of us never wait in a circle
    marks = list(in_order)
    if len(marks) == len(sources):
        return marks
    missing = sorted(set(sources) - {mark.source for mark in marks})
    new = [Watermark(integration_id=integration, course=course, source=name) for name in missing]
    Watermark.objects.bulk_create(new, ignore_conflicts=True)
    return list(in_order.all())


def _note(mark: Watermark, proof: Proof, run: int, *, because: str) -> None:
    assert proof.began_at is not None
    if mark.read_at is not None and mark.read_at > proof.began_at:
        # A later one is there, perhaps by a clock of whole seconds. It cannot have settled this.
        mark.full_because = because or mark.full_because
        return
    # A full reading clears what was due until then; another one only adds to it.
    if because or proof.mode is Mode.FULL:
        mark.full_because = because
    mark.run_id, mark.mode, mark.read_at = run, proof.mode, proof.began_at
    mark.stored_at = timezone.now()
    if proof.mode is Mode.FULL and not because:
        mark.complete_at = proof.began_at
    of_mode = "full_" if proof.mode is Mode.FULL else ""
    for name in ("requests", "cost", "seconds"):
        setattr(mark, of_mode + name, getattr(proof, name))
