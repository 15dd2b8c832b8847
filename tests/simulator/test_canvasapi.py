"""A client we did not write reads every endpoint and finds the world in it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import canvasapi
import pytest
from canvasapi.course import Course
from canvasapi.exceptions import Forbidden, InvalidAccessToken, ResourceDoesNotExist, Unauthorized

from simulator import Canvas
from simulator.world.tiny.people import AMINA, CASEY, LEE
from simulator.world.world import World

C = 101_000_000


def client(canvas: Canvas, token: str = "t") -> canvasapi.Canvas:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of http://
        return canvasapi.Canvas(canvas.url, token)


@pytest.fixture(scope="module")
def api(tiny: Canvas) -> canvasapi.Canvas:
    return client(tiny)


@pytest.fixture(scope="module")
def course(api: canvasapi.Canvas) -> Course:
    return api.get_course(101, include=["term", "total_students"])


def living(found: Iterable[Any]) -> list[int]:
    return sorted(row.id for row in found if row.workflow_state != "deleted")


LISTINGS: dict[str, tuple[Callable[[Course], Any], Callable[[World], list[int]]]] = {
    "sections": (
        lambda course: course.get_sections(),
        lambda world: living(world.sections.of("course_id", 101)),
    ),
    "assignment groups": (
        lambda course: course.get_assignment_groups(),
        lambda world: living(world.assignment_groups.of("course_id", 101)),
    ),
    "assignments": (
        lambda course: course.get_assignments(include=["overrides", "assignment_visibility"]),
        lambda world: living(world.assignments.of("course_id", 101)),
    ),
    "group sets": (
        lambda course: course.get_group_categories(),
        lambda world: living(world.group_categories.of("course_id", 101)),
    ),
    "groups": (
        lambda course: course.get_groups(),
        lambda world: living(world.groups.of("course_id", 101)),
    ),
    "quizzes": (
        lambda course: course.get_quizzes(),
        lambda world: living(world.quizzes.of("course_id", 101)),
    ),
    "rubrics": (lambda course: course.get_rubrics(), lambda world: [C + 1, C + 3]),
    "enrollments": (
        lambda course: course.get_enrollments(
            state="active invited creation_pending inactive completed rejected deleted".split()
        ),
        lambda world: world.enrollments.ids("course_id", 101),
    ),
    "one assignment's submissions": (
        lambda course: course.get_assignment(C + 4).get_submissions(),
        lambda world: sorted(
            row.id
            for row in world.submissions.of("assignment_id", C + 4)
            if world.enrollments.of("user_id", row.user_id)[-1].workflow_state
            in ("active", "invited", "creation_pending")
        ),
    ),
}


@pytest.mark.parametrize("name", LISTINGS)
def test_it_lists_what_the_world_holds(name: str, course: Course, tiny: Canvas) -> None:
    read, expected = LISTINGS[name]
    assert sorted(int(row.id) for row in read(course)) == expected(tiny.world)


def test_submissions_agree_with_the_world_row_by_row(course: Course, tiny: Canvas) -> None:
    read = {
        row.id: row
        for row in course.get_multiple_submissions(
            student_ids=["all"], include=["submission_comments", "rubric_assessment"]
        )
    }
    world = tiny.world
    published = {row.id for row in world.assignments if row.workflow_state == "published"}
    rows = [row for row in world.submissions.of("course_id", 101) if row.assignment_id in published]
    assert read.keys() == {row.id for row in rows}
    for row in rows:
        shown = read[row.id]
        assert (shown.score, shown.workflow_state) == (row.score, row.workflow_state)
        comments = world.submission_comments.ids("submission_id", row.id)
        assert [comment["id"] for comment in shown.submission_comments] == comments
        assert getattr(shown, "rubric_assessment", None) == row.rubric_assessment


def test_a_course_carries_its_term_and_student_count(course: Course) -> None:
    assert course.term["name"] == "Autumn 2026"
    assert (course.total_students, course.sis_course_id) == (7, "2026-AU-BIO-101")


def test_the_control_plane_finds_its_way(api: canvasapi.Canvas) -> None:
    account = api.get_account(1)
    assert api.get_current_user().name == "Ada Administrator"
    assert [row.id for row in api.get_accounts()] == [account.id] == [1]
    assert [row.id for row in account.get_subaccounts(recursive=True)] == [2, 3, 4]
    assert [row.id for row in account.get_courses()] == [101, 102, 103]
    assert [row.id for row in account.get_enrollment_terms()] == [2, 3, 1]
    assert list(api.get_courses()) == []


def test_people_are_each_listed_once_without_the_test_student(course: Course) -> None:
    names = [user.name for user in course.get_users()]
    assert len(names) == len(set(names)) == 12
    assert "Test Student" not in names


def test_a_new_quiz_is_its_assignment_and_no_classic_quiz(course: Course) -> None:
    (quiz,) = course.get_new_quizzes()
    assert quiz.id == str(C + 9)
    assert quiz.title == course.get_assignment(C + 9).name
    assert course.get_quiz(C + 9).title == "Practice: Organelles"


def test_an_assignment_shows_rubric_and_overrides(course: Course, tiny: Canvas) -> None:
    lab = course.get_assignment(C + 1, include=["overrides"], override_assignment_dates=False)
    assert [criterion["id"] for criterion in lab.rubric] == ["_8013", "blank"]
    assert lab.rubric_settings["id"] == C + 1
    first, second = lab.overrides
    assert not hasattr(first, "lock_at")
    assert second.due_at is None
    assert [row.id for row in lab.get_overrides()] == [C + 1, C + 2]
    assert lab.due_at == tiny.world.assignments[C + 1].due_at


def test_groups_have_their_members(api: canvasapi.Canvas, course: Course) -> None:
    category = course.get_group_categories()[0]
    team = category.get_groups()[1]
    assert team.members_count == 3
    assert [row.user_id for row in api.get_group(team.id).get_memberships()] == [LEE, 32, CASEY]


def test_one_submission_has_its_history(course: Course) -> None:
    row = course.get_assignment(C + 1).get_submission(LEE, include=["submission_history"])
    assert [version["attempt"] for version in row.submission_history] == [1, 2]
    assert row.grade_matches_current_submission is False


def test_one_row_is_found_by_id_and_by_sis_id(api: canvasapi.Canvas, course: Course) -> None:
    assert api.get_course("2026-AU-BIO-101", use_sis_id=True).id == 101
    assert api.get_section(C + 1).name.startswith("Section A")
    assert api.get_group_category(C + 1).name == "Project teams"
    assert api.get_user(AMINA).login_id == "person000021"
    assert course.get_rubric(C + 1).title == "Lab rubric"
    assert course.get_assignment_group(C + 1).rules["never_drop"] == [C + 1]


def test_refusals_are_the_exceptions_the_client_knows(tiny: Canvas) -> None:
    with pytest.raises(InvalidAccessToken):
        client(tiny, "wrong").get_current_user()
    with pytest.raises(ResourceDoesNotExist):
        client(tiny).get_course(999)
    with pytest.raises(Forbidden):
        list(client(tiny, "teacher").get_course(101).get_rubrics())
    with pytest.raises(Unauthorized):
        list(client(tiny, "old-teacher").get_course(101).get_rubrics())
