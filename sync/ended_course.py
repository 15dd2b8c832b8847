"""A course that Canvas says was deleted: the one row of it that ends.

What is below it is kept as it was, so that the course comes back whole when somebody restores it.
"""

from __future__ import annotations

from typing import Final

from asgiref.sync import sync_to_async
from django.conf import settings

from canvas.models import CanvasCourse
from sync.changes import Changed, record_changes
from sync.fence import fenced
from sync.models import Change
from sync.sweep import tombstone
from sync.target import Target

_DELETED: Final = "deleted"


async def end_course(course: int, target: Target) -> None:
    """Mark the course deleted, by Canvas's id of it; one the mirror does not have is no matter."""
    async with fenced(target.fence):
        ended = await sync_to_async(_end)(course, target)
    target.census.of("courses").deleted += ended


def _end(course: int, target: Target) -> int:
    mine = CanvasCourse.objects.live().filter(integration=target.integration, canvas_id=course)
    row = mine.select_for_update().first()
    if row is None:
        return 0
    # The hash is of another row: should it come back, all of it is compared.
    mine.update(workflow_state=_DELETED, content_hash="")
    tombstone(CanvasCourse, [row.pk], read_at=target.read_since)
    states = {"workflow_state": [row.workflow_state, _DELETED]}
    changed = Changed(
        resource="courses",
        row_id=row.pk,
        canvas_id=str(course),
        kind=Change.Kind.DELETED,
        fields=["workflow_state"],
        values=states if settings.HISTORY_DAYS else None,
    )
    record_changes([changed], run=target.run)
    return 1
