"""From what reading a course came to, to the one state and the one error a person reads first."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from canvas.client import Gap
from canvas.errors import BadRecordError, CanvasError
from sync.census import ResourceCounts
from sync.models import Run
from sync.report import ErrorReport, RunReport
from sync.runner import Course, Order

Judgement = tuple[Run.State, ErrorReport | None]


def judge(
    order: Order, course: Course, resources: dict[str, ResourceCounts], *, run: int | None
) -> Judgement:
    """The worst of what happened decides: failed, interrupted, held, partial, else succeeded."""
    if course.is_deleted:
        return Run.State.FAILED, _course_deleted(order)
    first = course.readings["course"]
    if error := first.error or first.refused:
        set_aside = isinstance(error, BadRecordError)
        effect = "nothing of the course was read" if set_aside else "nothing was written"
        return Run.State.FAILED, ErrorReport.of(error, effect=effect)
    if course.gone:
        effect = "what was read before is stored, and nothing was deleted"
        return Run.State.FAILED, ErrorReport.of(course.gone, effect=effect)
    if failed := _failure(course):
        return Run.State.FAILED, failed
    if course.stopped:
        return Run.State.INTERRUPTED, interrupted_error(order.course, run=run)
    if course.held:
        return Run.State.HELD, _held(order, course)
    rejected = sum(counts.rejected for counts in resources.values())
    if rejected:
        return Run.State.PARTIAL, _rejected(rejected, run)
    if refused := _refusal(course) or _open_end(course) or _left_out(course) or _dropped(course):
        return Run.State.PARTIAL, refused
    return Run.State.SUCCEEDED, None


def after_post_sync(report: RunReport, failed: list[str]) -> RunReport:
    """The report once the functions of POST_SYNC have run; `failed` names those that raised."""
    if not failed:
        return report
    state = Run.State.PARTIAL if report.state is Run.State.SUCCEEDED else report.state
    error = ErrorReport(
        code="post_sync_failed",
        cause=f"POST_SYNC: {', '.join(failed)} raised an exception",
        effect="what it was to do is not done; the mirror itself is not affected",
        next_step=f"see 'post_sync.failed' in the log; the changes are in the feed of run "
        f"{report.run}",
    )
    return replace(report, state=state, error=report.error or error)


def interrupted_error(course: int, *, run: int | None, deleted: int = 0) -> ErrorReport:
    """`deleted`: how many rows had been marked deleted by then."""
    deletions = f"{deleted} rows were marked deleted" if deleted else "nothing was deleted"
    return ErrorReport(
        code="interrupted",
        cause="the run was interrupted",
        effect=f"what was read so far is stored, {deletions}",
        next_step=f"run 'manage.py sync_course {course}' again"
        + (f", or 'manage.py runs resume {run}', to go on from there" if run else ""),
    )


def busy_error(course: int, *, holder: int | None) -> ErrorReport:
    """`holder`: the run that has the course, if it is known."""
    who = f"run {holder}" if holder else "another process"
    see = f"see 'manage.py runs show {holder} --watch', or " if holder else ""
    return ErrorReport(
        code="already_running",
        cause=f"course {course} is being synced by {who}",
        effect="nothing was read",
        next_step=f"{see}try again when it has ended",
    )


def taken_over_error(run: int) -> ErrorReport:
    return ErrorReport(
        code="run_taken_over",
        cause=f"this process was silent for so long that the lease of run {run} was taken over",
        effect="the batch under way was not written; the other process does the rest",
        next_step=f"see 'manage.py runs show {run}'",
    )


def _course_deleted(order: Order) -> ErrorReport:
    return ErrorReport(
        code="course_deleted",
        cause=f"course {order.course} was deleted in Canvas",
        effect="it is marked deleted; what the mirror has of it was kept",
        next_step="nothing; if it was deleted by mistake, restore it in Canvas and run "
        f"'manage.py sync_course {order.course}' again",
    )


def _failure(course: Course) -> ErrorReport | None:
    failed = {name: r.error for name, r in course.readings.items() if r.error is not None}
    if not failed:
        return None
    error: CanvasError = course.fatal or next(iter(failed.values()))
    unread = sorted({*failed, *course.not_read})
    return ErrorReport.of(
        error,
        effect=f"not read to the end: {', '.join(unread)}; what was read is stored, "
        "and nothing of these was deleted",
    )


def _held(order: Order, course: Course) -> ErrorReport:
    missing = ", ".join(f"{h.missing} of {h.live} {h.resource}" for h in course.held)
    return ErrorReport(
        code="deletes_held",
        cause=f"Canvas no longer lists {missing}",
        effect="they were not marked deleted; everything else is stored",
        next_step=f"look into Canvas; if it is right, run 'manage.py sync_course {order.course} "
        "--accept-deletes'",
    )


def _rejected(count: int, run: int | None) -> ErrorReport:
    see = f"see 'manage.py runs show {run}'" if run else "run it without --dry-run to keep the list"
    return ErrorReport(
        code="records_rejected",
        cause=f"{count} record{'s' if count > 1 else ''} could not be stored",
        effect="set aside with the reason; everything else is stored",
        next_step=see,
    )


def _refusal(course: Course) -> ErrorReport | None:
    refused = {name: r.refused for name, r in course.readings.items() if r.refused is not None}
    if not refused:
        return None
    return ErrorReport.of(
        next(iter(refused.values())),
        effect=f"not readable: {', '.join(refused)}; what the mirror has of it was kept, "
        "everything else is stored",
    )


def _open_end(course: Course) -> ErrorReport | None:
    gaps = {name: reading.gap for name, reading in course.readings.items() if reading.gap}
    if not gaps:
        return None
    gap = next(iter(gaps.values()))
    alike = [name for name, other in gaps.items() if other is gap]
    return ErrorReport(
        code="listing_unproven",
        cause=f"{gap.value}: {', '.join(alike)}",
        effect=f"what was read is stored, and nothing of {', '.join(gaps)} was deleted",
        next_step=f"run it again; if it stays so, {_GAP_ADVICE[gap]}",
    )


_GAP_ADVICE: Final = {
    Gap.LINKS_LOST: "see whether a proxy takes the Link header away",
    Gap.ROWS_MOVED: "sync at a time when less is changed in the course",
}


def _left_out(course: Course) -> ErrorReport | None:
    if not course.left_out:
        return None
    return ErrorReport(
        code="includes_too_heavy",
        cause="Canvas did not answer in time, however small the pages, until these were no longer "
        f"asked for: {', '.join(sorted(course.left_out))}",
        effect="what the mirror has of them was kept, everything else is stored",
        next_step="run it again at a quieter hour; if it stays so, tell those who run this Canvas",
    )


def _dropped(course: Course) -> ErrorReport | None:
    if not course.dropped:
        return None
    return ErrorReport(
        code="includes_dropped",
        cause=f"Canvas left out what was asked for: {', '.join(sorted(course.dropped))}",
        effect="what the mirror has of it was kept, everything else is stored",
        next_step="allow include parameters on the developer key, or give the token's user the "
        "right to grade and to manage assignments",
    )
