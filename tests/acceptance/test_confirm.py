"""Canvas is asked about each row that no listing had, and what it says decides."""

from __future__ import annotations

from typing import Any

import pytest

from canvas.models import CanvasCourse, CanvasEnrollment, CanvasSection, CanvasSubmission
from simulator import Canvas
from sync import confirm
from sync.models import Change, Unseen, Watermark
from sync.outcome import Order
from sync.tables import BY_NAME
from sync.verdict import judge
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.small_pages import COURSE, PATHS, SmallMirror

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = 102
MINUTE_S = 60.0
# Table → the address by which a row that seems gone is asked for.
ASKED = {
    "sections": "/api/v1/sections/",
    "enrollments": "/enrollments",
    "group_categories": "/api/v1/group_categories/",
    "groups": "/api/v1/groups/",
    "group_memberships": "/memberships",
    "assignment_groups": "/assignment_groups/",
    "rubrics": "/rubrics/",
    "assignments": "/assignments",
    "submissions": "/submissions/",
    "quizzes": "/quizzes/",
    "new_quizzes": "/api/quiz/v1/courses/101/quizzes/",
}


@pytest.fixture
def mirror(canvas: Canvas, first_readings: FirstReadings) -> SmallMirror:
    """In whole pages: a listing that is one empty page looks proven."""
    return SmallMirror.read_before(canvas, first_readings, sizes={})


def live(table: str) -> set[int | None]:
    known = BY_NAME[table]
    rows = known.model.objects.live().filter(known.only)
    return set(rows.values_list("canvas_id", flat=True))


def hide(mirror: SmallMirror, table: str) -> None:
    """Every page of the listing is empty, and looks whole."""
    mirror.canvas.faults.add("short_page", PATHS[table], times=None, keep=0)


@pytest.mark.parametrize("table", sorted(ASKED))
def test_what_a_listing_hides_is_asked_for_and_kept(table: str, mirror: SmallMirror) -> None:
    before = live(table)
    hide(mirror, table)
    mirror.canvas.requests.clear()
    course, deleted = mirror.read(table, accept_deletes=True)
    assert (deleted, live(table)) == (0, before)
    assert any(ASKED[table] in one.path for one in mirror.canvas.requests)
    assert before or not course.complete[table]


@pytest.mark.parametrize(
    "table", ["sections", "assignment_groups", "group_categories", "groups", "quizzes"]
)
def test_what_canvas_does_not_have_ends_at_once(table: str, mirror: SmallMirror) -> None:
    row = next(
        row
        for row in mirror.canvas.world.table(table).of("course_id", COURSE)
        if row.workflow_state != "deleted"
    )
    row.workflow_state = "deleted"
    mirror.read(table)
    assert row.id not in live(table)
    assert not Unseen.objects.exists()


def test_a_listing_that_lacked_what_is_there_is_not_complete_and_sets_no_watermark(
    mirror: SmallMirror,
) -> None:
    before = Watermark.objects.get(source="sections").stored_at
    hide(mirror, "sections")
    course, _ = mirror.read("sections")
    assert course.complete["sections"] is False
    assert Watermark.objects.get(source="sections").stored_at == before


def take_sections(mirror: SmallMirror) -> set[int]:
    """Two sections end in Canvas; their ids."""
    rows = [
        row
        for row in mirror.canvas.world.sections.of("course_id", COURSE)
        if row.workflow_state != "deleted"
    ][:2]
    for row in rows:
        row.workflow_state = "deleted"
    return {row.id for row in rows}


def test_whom_no_request_is_left_for_ends_when_missed_a_second_time(
    mirror: SmallMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, before = take_sections(mirror), live("sections")
    monkeypatch.setattr(confirm, "MOST_REQUESTS", 1)
    mirror.read("sections")
    assert (live("sections"), Unseen.objects.count()) == (before, len(gone))
    mirror.read("sections")
    assert (live("sections"), Unseen.objects.count()) == (before - gone, 0)


NO_ANSWER = {
    "an error": ("http_500", r"/groups/\d+$"),
    "fewer than the group says it has": ("short_page", PATHS["group_memberships"]),
}


@pytest.mark.parametrize("what", NO_ANSWER)
def test_where_canvas_did_not_answer_everything_is_read_and_asked_again(
    what: str, mirror: SmallMirror
) -> None:
    kind, path = NO_ANSWER[what]
    members = mirror.canvas.world.group_memberships
    members.drop(members.of("course_id", COURSE)[0].id)
    mirror.canvas.faults.add(kind, path, times=None, keep=0)
    mirror.canvas.world.clock.advance(MINUTE_S)
    _, deleted = mirror.read("group_memberships")
    mark = Watermark.objects.get(source="group_memberships")
    assert (deleted, mark.full_because) == (0, "Canvas did not answer whether rows are gone")
    mirror.canvas.faults.clear()
    mirror.canvas.world.clock.advance(MINUTE_S)
    _, deleted = mirror.read("group_memberships")
    assert deleted == 1
    assert Watermark.objects.get(source="group_memberships").full_because == ""


def test_a_row_that_is_seen_again_is_forgotten_and_not_ended(
    mirror: SmallMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = live("sections")
    hide(mirror, "sections")
    monkeypatch.setattr(confirm, "MOST_REQUESTS", 1)
    mirror.read("sections")
    assert Unseen.objects.count() == len(before)
    mirror.canvas.faults.clear()
    mirror.read("sections")
    assert (live("sections"), Unseen.objects.count()) == (before, 0)


def test_a_listing_that_is_seen_to_be_wrong_ends_nobody_who_was_not_asked_for(
    mirror: SmallMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = live("sections")
    hide(mirror, "sections")
    monkeypatch.setattr(confirm, "MOST_REQUESTS", 2)  # one for a section, one for the course
    for _ in range(2):
        mirror.read("sections", accept_deletes=True)
        assert (live("sections"), Unseen.objects.count()) == (before, 0)


def crosslist(mirror: SmallMirror) -> Any:
    section = next(
        row
        for row in reversed(mirror.canvas.world.sections.of("course_id", COURSE))
        if row.workflow_state == "active"
    )
    mirror.canvas.mutate("crosslist_section", section_id=section.id, course_id=OTHER)
    return section


def test_a_section_that_moved_to_a_mirrored_course_moves_there_with_its_people(
    mirror: SmallMirror,
) -> None:
    other = CanvasCourse.objects.create(integration=mirror.integration, canvas_id=OTHER)
    section = crosslist(mirror)
    before = CanvasSection.objects.get(canvas_id=section.id)
    people = list(CanvasEnrollment.objects.live().filter(section=before))
    mirror.read("sections", "enrollments", accept_deletes=True)
    after = CanvasSection.objects.get(pk=before.pk)
    assert (after.course_id, after.deleted_at) == (other.pk, None)
    moved = CanvasEnrollment.objects.live().filter(section=after, course=other)
    assert {row.pk for row in moved} == {row.pk for row in people}
    kinds = Change.objects.filter(resource="sections", row_id=before.pk, fields=["course_id"])
    assert kinds.count() == 1


def test_a_section_that_moved_to_a_course_nobody_mirrors_ends_here(mirror: SmallMirror) -> None:
    section = crosslist(mirror)
    mirror.read("sections", "enrollments", accept_deletes=True)
    assert section.id not in live("sections")


def test_a_course_deleted_while_it_is_read_ends_and_what_is_below_is_kept(
    mirror: SmallMirror,
) -> None:
    before = {name: rows for name, rows in mirror.live().items() if name != "courses"}

    def before_page(source: str, number: int) -> None:
        if source == "assignments":
            mirror.canvas.world.courses[COURSE].workflow_state = "deleted"

    mirror.before_page = before_page
    course, _ = mirror.read()
    row = CanvasCourse.objects.get(canvas_id=COURSE)
    assert (row.workflow_state, row.deleted_at is not None) == ("deleted", True)
    assert {name: rows for name, rows in mirror.live().items() if name != "courses"} == before
    state, error = judge(Order(course=COURSE), course, {}, run=None)
    assert error is not None
    assert (str(state), error.code) == ("failed", "course_deleted")


def test_a_course_that_is_restored_comes_back(mirror: SmallMirror) -> None:
    course = mirror.canvas.world.courses[COURSE]
    state, course.workflow_state = course.workflow_state, "deleted"
    mirror.read()
    assert CanvasCourse.objects.live().count() == 0
    course.workflow_state = state
    mirror.read()
    assert CanvasCourse.objects.live().get().workflow_state != "deleted"


def test_two_users_who_became_one_keep_their_work(mirror: SmallMirror) -> None:
    students = [
        row.user_id
        for row in mirror.canvas.world.enrollments.of("course_id", COURSE)
        if row.type == "StudentEnrollment" and row.workflow_state == "active"
    ]
    mirror.canvas.mutate("merge_users", from_user_id=students[1], into_user_id=students[0])
    mirror.read(accept_deletes=True)
    there = {
        row.id
        for row in mirror.canvas.world.submissions.of("course_id", COURSE)
        if row.workflow_state != "deleted"
    }
    assert live("submissions") <= there
    assert not CanvasSubmission.objects.live().filter(user_id=students[1]).exists()
