"""What no sync may do, whatever disturbed it: end what Canvas has, or much at once unasked."""

from __future__ import annotations

from typing import Final, TypeAlias

from canvas.models import CanvasSubmission, MirroredRow
from simulator.mutations.snapshot import snapshot
from simulator.world.world import World
from sync.tables import TABLES

Ids: TypeAlias = dict[str, frozenset[int]]
# Those whose Canvas id is a number of their own. A quiz has one for each engine.
_TABLES: Final[dict[str, type[MirroredRow]]] = {
    name: table.model
    for name, table in ((table.name, table) for table in TABLES)
    if name not in ("rubric_criteria", "rubric_ratings", "rubric_assessments", "quizzes")
}
HOLD_ROWS, HOLD_SHARE = 20, 0.30  # promise R13


def listed(world: World, course: int) -> Ids:
    """By table, what Canvas shows of a course."""
    with world.lock:
        shot = snapshot(world).get(course, {})
    return {name: frozenset(shot.get(name, ())) for name in _TABLES}


def ended() -> Ids:
    """By table, what the mirror holds to be gone."""
    found = {}
    for name, model in _TABLES.items():
        gone = model._default_manager.filter(deleted_at__isnull=False)
        ids = gone.values_list("canvas_id", flat=True)
        found[name] = frozenset(number for number in ids if number is not None)
    return found


def ended_wrongly(gone: Ids, still_listed: Ids) -> dict[str, list[int]]:
    return {name: sorted(ids) for name in gone if (ids := gone[name] & still_listed[name])}


def newly(after: Ids, before: Ids) -> Ids:
    return {name: ids - before[name] for name, ids in after.items()}


def large_drop(gone: Ids) -> str:
    """What is told of more submissions than may end unasked; those of ended work do not count."""
    work = CanvasSubmission.objects.filter(assignment__deleted_at__isnull=True)
    dropped = work.filter(canvas_id__in=gone["submissions"]).count()
    all_of_it = work.live().count() + dropped
    if dropped > HOLD_ROWS and dropped > HOLD_SHARE * all_of_it:
        return f"{dropped} of {all_of_it} submissions ended, and nobody had allowed it"
    return ""
