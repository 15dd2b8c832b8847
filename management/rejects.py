"""Records that were set aside: shown, and read again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from management.errors import usage
from management.operations import SyncRequest, sync_courses
from sync.extract import Stop
from sync.models import Reject
from sync.rejects import open_rejects
from sync.report import RunReport
from sync.runner import Watch

SHOWN = 50


async def list_rejects(
    *, courses: Collection[int] = (), limit: int | None = SHOWN
) -> tuple[list[Reject], int]:
    """The newest that are not settled, and how many there are in all."""
    found = open_rejects()
    if courses:
        found = found.filter(run__course__in=courses)
    return [reject async for reject in found[:limit]], await found.acount()


async def retry_rejects(
    *,
    courses: Collection[int],
    watch: Watch,
    stop: Stop,
    done: Callable[[RunReport], None],
) -> int:
    """Read the listings again which the records came from, course by course; how many courses.

    What can be stored now is; what cannot stands in the ledger under the new run. Raises
    CommandStopped for a course of which nothing is set aside.
    """
    wanted = await _sources_to_read(courses)
    if unknown := sorted(set(courses) - {course for _, course in wanted}):
        raise usage(
            f"nothing is set aside of course {', '.join(map(str, unknown))}",
            next_step="see 'manage.py rejects list'",
        )
    for (integration, course), sources in wanted.items():
        if stop.is_set():
            break
        request = SyncRequest(
            courses=(course,), integration=integration, only=tuple(sorted(sources)), full=True
        )
        await sync_courses(request, watch=watch, stop=stop, done=done)
    return len(wanted)


async def _sources_to_read(courses: Collection[int]) -> dict[tuple[str, int], set[str]]:
    found = open_rejects()
    if courses:
        found = found.filter(run__course__in=courses)
    names = found.order_by().values_list("run__integration__name", "run__course", "source")
    wanted: dict[tuple[str, int], set[str]] = {}
    async for integration, course, source in names.distinct():
        wanted.setdefault((integration, course), set()).add(source)
    return dict(sorted(wanted.items()))


def summary(reject: Reject) -> dict[str, Any]:
    """One record of `rejects list --json`."""
    return {
        "reject": reject.pk,
        "run": reject.run_id,
        "integration": reject.run.integration.name,
        "course": reject.run.course,
        "source": reject.source,
        "table": reject.table,
        "canvas_id": reject.canvas_id,
        "reason": reject.reason,
        "excerpt": reject.excerpt,
        "created_at": reject.created_at.isoformat(),
    }
