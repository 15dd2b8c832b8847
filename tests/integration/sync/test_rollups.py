"""The roll-up of a course: what its live rows add up to, written only when it differs."""

from asgiref.sync import async_to_sync
from django.forms.models import model_to_dict
from pytest_django import DjangoAssertNumQueries

from canvas.models import CanvasCourse, CanvasEnrollment
from sync.models import CourseRollup
from sync.rollups import roll_up
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import BEN, CLEO, COURSE, enrollment, user
from tests.unit.transform.work_payloads import assignment, submission


def totals(mirror: Mirror) -> dict[str, int]:
    """The roll-up of course 101 after it was brought up to date, without the zeros."""
    async_to_sync(roll_up)(COURSE, integration=mirror.integration.pk)
    rollup = CourseRollup.objects.get(course__integration=mirror.integration)
    numbers = model_to_dict(rollup, exclude=["course", "changed_at"])
    return {name: number for name, number in numbers.items() if number}


def test_a_little_course_adds_up(loaded: Mirror) -> None:
    assert totals(loaded) == {
        "students": 1,
        "enrollments": 1,
        "active_enrollments": 1,
        "assignments": 1,
        "published_assignments": 1,
        "submissions": 1,
        "graded_submissions": 1,
    }


def test_people_count_once_and_teachers_are_no_students(loaded: Mirror) -> None:
    teacher = {"type": "TeacherEnrollment", "role": "TeacherEnrollment"}
    loaded.load(
        "enrollments",
        enrollment(id=302, course_section_id=202),
        enrollment(id=303, user_id=BEN, user=user(id=BEN), enrollment_state="completed"),
        enrollment(id=304, user_id=CLEO, user=user(id=CLEO), **teacher),
    )
    found = totals(loaded)
    assert (found["students"], found["teachers"]) == (1, 1)
    assert (found["enrollments"], found["active_enrollments"]) == (4, 3)


def test_people_whom_canvas_does_not_name_count_as_one(loaded: Mirror) -> None:
    loaded.load("enrollments", enrollment(id=302, user_id=BEN, user=user(id=BEN)))
    CanvasEnrollment.objects.update(user_id=None)
    assert totals(loaded)["students"] == 1
    CanvasEnrollment.objects.filter(canvas_id=302).update(user_id=BEN)
    assert totals(loaded)["students"] == 2


def test_what_ended_does_not_count(loaded: Mirror) -> None:
    loaded.close()
    assert totals(loaded) == {}


def test_work_to_grade_and_work_that_is_missing_count(loaded: Mirror) -> None:
    loaded.load("assignments", assignment(published=False, workflow_state="unpublished"))
    loaded.load(
        "submissions",
        submission(workflow_state="submitted", score=None, grade=None, graded_at=None, late=False),
        submission(id=752, workflow_state="unsubmitted", missing=True, late=True),
    )
    found = totals(loaded)
    assert (found["submissions_to_grade"], found["missing_submissions"]) == (1, 1)
    assert found["late_submissions"] == 1
    assert "graded_submissions" not in found
    assert "published_assignments" not in found


def test_nothing_is_written_when_nothing_differs(loaded: Mirror) -> None:
    totals(loaded)
    before = CourseRollup.objects.get().changed_at
    totals(loaded)
    assert CourseRollup.objects.get().changed_at == before
    CanvasEnrollment.objects.all().delete()
    totals(loaded)
    assert CourseRollup.objects.get().changed_at > before


def test_courses_of_two_canvases_add_up_apart(loaded: Mirror, other: Mirror) -> None:
    other.load_at_once()
    other.load("submissions", submission(id=752, user_id=BEN))
    assert totals(other)["submissions"] == 2
    assert totals(loaded)["submissions"] == 1


def test_a_course_the_mirror_does_not_have_is_left_alone(mirror: Mirror) -> None:
    async_to_sync(roll_up)(COURSE, integration=mirror.integration.pk)
    assert not CourseRollup.objects.exists()


def test_a_list_of_courses_is_one_query(
    loaded: Mirror, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    totals(loaded)
    with django_assert_num_queries(1):
        assert [c.rollup.students for c in CanvasCourse.objects.select_related("rollup")] == [1]
