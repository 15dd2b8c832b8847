"""What the structural listings showed since decides which submissions and members are read."""

from typing import Any

import pytest
from django.utils import timezone

from canvas.models import CanvasAssignmentOverride, CanvasGroup
from sync.models import Run
from sync.proof import Mode
from sync.reach import Reach
from tests.integration.sync.agenda_site import MANY, NOW, begin_run, mark, plain, reach
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import COURSE, enrollment, group, membership
from tests.unit.transform.work_payloads import override

PEOPLE = {
    "somebody came": enrollment(id=399),
    "state": enrollment(enrollment_state="completed"),
    "section": enrollment(course_section_id=999),
    "person": enrollment(user_id=998, user={"id": 998, "name": "Another"}),
}


@pytest.mark.parametrize("change", PEOPLE)
def test_who_comes_goes_or_moves_makes_a_full_reading_due(known: Mirror, change: str) -> None:
    known.load("enrollments", PEOPLE[change])
    assert reach(known) == Reach(because="1 enrollment began, ended or changed")


def test_a_student_no_longer_listed_does_too(known: Mirror) -> None:
    assert reach(known).mode is Mode.UPDATED_SINCE
    assert reach(known, proven={"enrollments"}).because.startswith("1 enrollment")


def test_a_run_that_was_queued_before_and_read_after_counts(known: Mirror) -> None:
    before = timezone.now()
    known.load("enrollments", PEOPLE["somebody came"])
    newest = Run.objects.create(integration=known.integration, course=COURSE)
    mark(run=newest, stored_at=before)
    assert reach(known) == Reach(because="1 enrollment began, ended or changed")
    mark(stored_at=timezone.now())
    assert reach(known).mode is Mode.UPDATED_SINCE


@pytest.mark.parametrize(
    "harmless",
    [
        enrollment(grades={"current_score": 12.5}),
        enrollment(last_activity_at="2026-09-14T00:00:00Z"),
        enrollment(id=399, type="TeacherEnrollment", role="TeacherEnrollment"),
    ],
    ids=["grades", "activity", "teacher"],
)
def test_other_changes_to_enrollments_move_no_work(known: Mirror, harmless: dict[str, Any]) -> None:
    known.load("enrollments", harmless)
    assert reach(known).mode is Mode.UPDATED_SINCE


MOVING = {
    "due_at": "2027-01-01T00:00:00Z",
    "lock_at": "2027-01-01T00:00:00Z",
    "unlock_at": "2027-01-01T00:00:00Z",
    "only_visible_to_overrides": True,
    "points_possible": 77.0,
    "grading_type": "pass_fail",
    "post_manually": True,
    "anonymous_grading": True,
    "group_category_id": 401,
    "submission_types": ["on_paper"],
    "a field nobody knows": 1,
}
HARMLESS = {
    "name": "Otherwise",
    "description": "<p>Otherwise</p>",
    "position": 9,
    "assignment_group_id": None,
    "updated_at": "2026-09-15T11:00:00Z",
    "has_submitted_submissions": False,
    "needs_grading_count": 99,
}


@pytest.mark.parametrize("field", MOVING)
def test_an_assignment_that_moved_its_work_is_read_whole(known: Mirror, field: str) -> None:
    known.load("assignments", plain(801, **{field: MOVING[field]}))
    found = reach(known)
    assert (found.mode, found.parents) == (Mode.CHANGED_PARENTS, frozenset({801}))
    assert found.because == "1 assignment changed"
    assert found.since is not None


@pytest.mark.parametrize("field", HARMLESS)
def test_an_assignment_that_is_only_called_otherwise_is_not(known: Mirror, field: str) -> None:
    known.load("assignments", plain(801, **{field: HARMLESS[field]}))
    assert reach(known).mode is Mode.UPDATED_SINCE


def test_a_new_assignment_is_read_whole(known: Mirror) -> None:
    known.load("assignments", plain(899))
    assert reach(known).parents == {899}


def test_work_of_an_unpublished_assignment_is_not_asked_for(known: Mirror) -> None:
    hidden = plain(801, published=False, workflow_state="unpublished")
    known.load("assignments", hidden)
    assert reach(known).mode is Mode.UPDATED_SINCE


def test_an_override_that_came_or_went_reads_its_assignment(known: Mirror) -> None:
    known.load("assignments", plain(801, overrides=[override(id=881, assignment_id=801)]))
    assert reach(known).parents == {801}
    mark(run=known.run)
    begin_run(known)
    known.load("assignments", plain(801))
    assert CanvasAssignmentOverride.objects.live().filter(canvas_id=881).exists()
    assert reach(known).parents == {801}


def test_many_assignments_at_once_are_as_good_as_all(known: Mirror) -> None:
    known.load("assignments", *(one | {"points_possible": 1.5} for one in MANY[:4]))
    assert reach(known) == Reach(because="4 assignments changed")


def test_what_a_run_stored_that_came_to_no_good_end_is_not_forgotten(known: Mirror) -> None:
    known.load("assignments", plain(801, points_possible=77.0))
    known.load("groups", group(id=431, members_count=77), parent=401)
    begin_run(known)
    assert reach(known).parents == {801}
    assert reach(known, "group_memberships").parents == {431}


def test_a_change_is_read_once(known: Mirror) -> None:
    known.load("assignments", plain(801, points_possible=77.0))
    mark(run=known.run)
    begin_run(known)
    assert reach(known).mode is Mode.UPDATED_SINCE


@pytest.mark.parametrize(
    "changed", [group(id=431, members_count=77), group(id=499)], ids=["members", "new"]
)
def test_groups_that_changed_are_read(known: Mirror, changed: dict[str, Any]) -> None:
    known.load("groups", changed, parent=401)
    found = reach(known, "group_memberships")
    assert (found.mode, found.parents) == (Mode.CHANGED_PARENTS, frozenset({changed["id"]}))


def test_a_group_that_came_back_is_read(known: Mirror) -> None:
    CanvasGroup.objects.filter(canvas_id=431).update(deleted_at=NOW)
    known.load("groups", group(id=431), parent=401)
    assert reach(known, "group_memberships").parents == {431}


def test_when_most_groups_changed_all_are_read(known: Mirror) -> None:
    found = [group(id=number, members_count=77) for number in range(431, 437)]
    known.load("groups", *found, parent=401)
    assert reach(known, "group_memberships") == Reach(because="6 groups changed")


def test_groups_of_somebody_whose_enrollment_moved_are_read(known: Mirror) -> None:
    known.load("enrollments", enrollment(enrollment_state="deleted"))
    known.load("group_memberships", membership(), parent=411)
    assert reach(known, "group_memberships").parents == {membership()["group_id"]}


def test_an_enrollment_of_another_person_reads_all_members(known: Mirror) -> None:
    known.load("enrollments", PEOPLE["person"])
    assert reach(known, "group_memberships").because == "an enrollment is somebody else's now"
