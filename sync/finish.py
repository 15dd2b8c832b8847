"""What follows the last page: is the course itself still there, and what of it is gone.

Asks Canvas and tells the store, in turn: no transaction is open while Canvas is asked.
"""

from __future__ import annotations

from typing import Final

from canvas.errors import CanvasError, GoneError
from sync.closing import Closing
from sync.confirm import confirm
from sync.errors import UnreadableRecordError
from sync.extract import Reader, Stop
from sync.outcome import Course
from sync.plan import BY_NAME
from sync.store import Store
from sync.transform.decode import decode

_EVEN_DELETED: Final = (("include[]", "all_courses"),)


async def finish(
    course: Course,
    course_id: int,
    *,
    reader: Reader,
    store: Store,
    stop: Stop,
    accept_deletes: bool,
) -> None:
    """End what is gone: the course, or what of it no listing had and Canvas has no more."""
    await _look_for(course, course_id, reader=reader)
    if course.is_deleted:
        await store.end_course(course_id)
    if course.is_deleted or course.gone or not course.was_read:
        return
    proofs = course.proofs()
    candidates = await store.candidates(course_id, proofs, accept_deletes=accept_deletes)
    findings = await confirm(candidates, reader=reader, stop=stop)
    course.held = list(candidates.held.values())
    course.complete |= dict.fromkeys(findings.not_listed(), False)
    await store.close(
        Closing(candidates=candidates, findings=findings, proofs=proofs, complete=course.complete)
    )


async def _look_for(course: Course, course_id: int, *, reader: Reader) -> None:
    """Where something of it was not found, note whether the course is gone, or deleted (trap 26).

    A listing of one group says nothing of the course. Source: canvas-api 4.2.
    """
    readings = course.readings.items()
    refusals = [reading.refused for name, reading in readings if not BY_NAME[name].per]
    if not any(isinstance(refusal, GoneError) for refusal in refusals):
        return
    path = f"/api/v1/courses/{course_id}"
    try:
        page = await reader.fetch(path, params=_EVEN_DELETED, source="course", listing=False)
        record = decode(bytes(page.records[0]))
    except GoneError as error:
        course.gone = error
    except (CanvasError, UnreadableRecordError):
        return  # nobody could say
    else:
        course.is_deleted = record.get("workflow_state") == "deleted"
