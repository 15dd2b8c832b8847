"""The one state of a run: the worst that happened, and what a person does next."""

import pytest

from canvas.client import Gap
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    CanvasError,
    ForbiddenError,
    GoneError,
    SkippableError,
)
from sync.candidates import Held
from sync.census import ResourceCounts
from sync.extract import Reading
from sync.models import Run
from sync.report import ErrorReport
from sync.runner import Course, Order
from sync.verdict import judge

HELD = Held(resource="submissions", missing=400, live=900)


def judged(
    rejected: int = 0,
    *,
    held: list[Held] | None = None,
    not_read: set[str] | None = None,
    **readings: Reading,
) -> tuple[Run.State, ErrorReport | None]:
    course = Course(
        readings={"course": Reading()} | readings, held=held or [], not_read=not_read or set()
    )
    counts = {"sections": ResourceCounts(rejected=rejected), "users": ResourceCounts()}
    return judge(Order(course=101), course, counts, run=7)


def failed(error: CanvasError) -> Reading:
    return Reading(error=error)


def refused(error: SkippableError) -> Reading:
    return Reading(refused=error)


def test_a_run_in_which_nothing_happened_succeeded() -> None:
    assert judged(sections=Reading()) == (Run.State.SUCCEEDED, None)


def test_a_course_that_cannot_be_found_is_a_failure_that_wrote_nothing() -> None:
    state, error = judged(course=refused(GoneError(course=101, status=404)))
    assert state == Run.State.FAILED
    assert error is not None
    assert (error.code, error.effect) == ("not_found", "nothing was written")
    assert "course 101" in error.cause


def test_a_listing_that_failed_is_named_with_what_was_not_read() -> None:
    state, error = judged(assignments=failed(CanvasDownError()), not_read={"submissions"})
    assert state == Run.State.FAILED
    assert error is not None
    assert error.code == "canvas_down"
    assert "assignments, submissions" in error.effect


def test_the_fatal_error_is_the_one_to_read() -> None:
    _, error = judged(sections=failed(CanvasDownError()), enrollments=failed(AccessRevokedError()))
    assert error is not None
    assert error.code == "credential_refused"


def test_an_interrupted_run_says_how_to_go_on() -> None:
    state, error = judged(sections=Reading(stopped=True))
    assert state == Run.State.INTERRUPTED
    assert error is not None
    assert "sync_course 101" in error.next_step


def test_held_deletions_say_how_many_of_how_many() -> None:
    state, error = judged(held=[HELD])
    assert state == Run.State.HELD
    assert error is not None
    assert "400 of 900 submissions" in error.cause
    assert "--accept-deletes" in error.next_step


@pytest.mark.parametrize(("count", "words"), [(1, "1 record could"), (3, "3 records could")])
def test_records_set_aside_make_a_run_partial(count: int, words: str) -> None:
    state, error = judged(count)
    assert state == Run.State.PARTIAL
    assert error is not None
    assert words in error.cause
    assert "runs show 7" in error.next_step


def test_a_listing_that_may_not_be_read_makes_a_run_partial() -> None:
    state, error = judged(sections=refused(ForbiddenError(status=403)))
    assert state == Run.State.PARTIAL
    assert error is not None
    assert (error.code, "sections" in error.effect) == ("forbidden", True)


def test_a_listing_that_does_not_show_its_end_makes_a_run_partial() -> None:
    state, error = judged(sections=Reading(gap=Gap.LINKS_LOST))
    assert state == Run.State.PARTIAL
    assert error is not None
    assert (error.code, "sections" in error.cause) == ("listing_unproven", True)


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        ({"rejected": 1}, Run.State.PARTIAL),
        ({"rejected": 1, "held": [HELD]}, Run.State.HELD),
        ({"held": [HELD], "stop": True}, Run.State.INTERRUPTED),
        ({"stop": True, "fail": True}, Run.State.FAILED),
    ],
)
def test_the_worst_decides(happened: dict[str, object], state: Run.State) -> None:
    readings = {"sections": refused(ForbiddenError())}
    if happened.pop("stop", False):
        readings["rubrics"] = Reading(stopped=True)
    if happened.pop("fail", False):
        readings["quizzes"] = failed(CanvasDownError())
    assert judged(**happened, **readings)[0] == state  # type: ignore[arg-type]


def test_a_rehearsal_says_how_to_keep_the_list_of_rejects() -> None:
    course = Course(readings={"course": Reading()})
    counts = {"sections": ResourceCounts(rejected=2)}
    _, error = judge(Order(course=101), course, counts, run=None)
    assert error is not None
    assert "--dry-run" in error.next_step


def test_rows_that_moved_are_told_from_links_that_were_lost() -> None:
    state, error = judged(
        sections=Reading(gap=Gap.ROWS_MOVED), enrollments=Reading(gap=Gap.LINKS_LOST)
    )
    assert state == Run.State.PARTIAL
    assert error is not None
    assert "rows moved" in error.cause
    assert "sections" in error.cause
    assert "enrollments" not in error.cause
    assert "nothing of sections, enrollments was deleted" in error.effect


def test_what_was_too_heavy_to_send_along_is_named() -> None:
    course = Course(readings={"course": Reading()}, left_out={"submission_comments"})
    state, error = judge(Order(course=101), course, {}, run=7)
    assert state == Run.State.PARTIAL
    assert error is not None
    assert (error.code, "submission_comments" in error.cause) == ("includes_too_heavy", True)
