"""R4: after a kill, at most the unfinished batch and the rest of its listing are asked for."""

from __future__ import annotations

from simulator import Canvas
from sync.plan import BY_NAME
from sync.transform.rows import Scope
from tests.acceptance.resuming import QuickMirror, Undisturbed

SUBMISSIONS = "/students/submissions"
ONLY_SUBMISSIONS = ("101", "--only", "submissions")
# The third batch of this order is the first of its submissions.
SECOND_OF_SUBMISSIONS = 4
PAGES, PAGES_STORED = 22, 10


def pages_asked_for(canvas: Canvas) -> int:
    """Of submissions; a full last page is asked for twice."""
    return len({request.query for request in canvas.requests.matching(SUBMISSIONS)})


def finished_paths(mirror: QuickMirror) -> set[str]:
    ended = "SELECT source, parent FROM sync_checkpoint WHERE proof IS NOT NULL"
    return {
        BY_NAME[source].path_for(Scope(course=101, parent=parent or None))
        for source, parent in mirror.sql(ended)
    }


def test_r4_of_the_listing_under_way_only_the_rest_is_asked_for(
    quick_mirror: QuickMirror, small_canvas: Canvas
) -> None:
    quick_mirror.killed_at("load.before_commit", SECOND_OF_SUBMISSIONS, *ONLY_SUBMISSIONS)
    small_canvas.requests.clear()
    assert quick_mirror.sync(*ONLY_SUBMISSIONS).code == 0
    assert pages_asked_for(small_canvas) == PAGES - PAGES_STORED
    assert quick_mirror.stored()["submissions"] == 88


def test_r4_listings_that_were_stored_to_their_end_are_not_asked_for_at_all(
    quick_mirror: QuickMirror, small_canvas: Canvas, undisturbed: Undisturbed
) -> None:
    quick_mirror.killed_at("load.after_commit", undisturbed.batches - 2)
    finished = finished_paths(quick_mirror)
    small_canvas.requests.clear()
    assert quick_mirror.sync().code == 0
    asked = {request.path for request in small_canvas.requests}
    assert len(finished) > 8
    assert not asked & finished


def test_r4_a_run_killed_while_it_is_closed_asks_for_the_course_alone(
    quick_mirror: QuickMirror, small_canvas: Canvas
) -> None:
    quick_mirror.killed_at("rollup.before_commit")
    small_canvas.requests.clear()
    assert quick_mirror.sync().code == 0
    assert [request.path for request in small_canvas.requests] == ["/api/v1/courses/101"]


def test_r4_a_bookmark_canvas_cannot_read_makes_it_go_through_all_again_and_count_once(
    quick_mirror: QuickMirror, small_canvas: Canvas, undisturbed: Undisturbed
) -> None:
    quick_mirror.killed_at("load.before_commit", SECOND_OF_SUBMISSIONS, *ONLY_SUBMISSIONS)
    unreadable = "UPDATE sync_checkpoint SET next_url = replace(next_url, 'bookmark%3A', 'x')"
    quick_mirror.change(unreadable)
    small_canvas.requests.clear()
    said = quick_mirror.sync(*ONLY_SUBMISSIONS)
    assert pages_asked_for(small_canvas) == PAGES
    assert said.report["resources"]["submissions"] == undisturbed.resources["submissions"]
    assert said.report["state"] == "succeeded"
