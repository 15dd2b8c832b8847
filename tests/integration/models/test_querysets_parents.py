"""The filters by parent: an instance or an id, of the right model, of every table that has one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models

from canvas import models as ours
from canvas.models import CanvasCourse, CanvasEnrollment, CanvasIntegration, CanvasTerm, CanvasUser
from tests.integration.models.school import School

MIRRORED = [
    model
    for name in ours.__all__
    if isinstance(model := getattr(ours, name), type)
    and issubclass(model, ours.MirroredRow)
    and not model._meta.abstract
]


def parts_of(course: CanvasCourse, student: CanvasUser) -> dict[str, models.Model]:
    """One row of every table that belongs to a course, by the name of its model."""
    group = ours.CanvasGroup.objects.create(course=course)
    rubric = ours.CanvasRubric.objects.create(course=course)
    criterion = ours.CanvasRubricCriterion.objects.create(rubric=rubric)
    assignment = ours.CanvasAssignment.objects.create(course=course, rubric=rubric)
    work = ours.CanvasSubmission.objects.create(assignment=assignment, student=student)
    rows: list[models.Model] = [course, group, rubric, criterion, assignment, work]
    rows += [
        ours.CanvasSection.objects.create(course=course),
        ours.CanvasEnrollment.objects.create(course=course, student=student),
        ours.CanvasAssignmentGroup.objects.create(course=course),
        ours.CanvasAssignmentOverride.objects.create(assignment=assignment),
        ours.CanvasSubmissionComment.objects.create(submission=work),
        ours.CanvasRubricAssessment.objects.create(submission=work),
        ours.CanvasRubricRating.objects.create(criterion=criterion),
        ours.CanvasGroupCategory.objects.create(course=course),
        ours.CanvasGroupMembership.objects.create(group=group, student=student),
        ours.CanvasQuiz.objects.create(course=course, assignment=assignment),
    ]
    return {type(row).__name__: row for row in rows}


@pytest.fixture
def student(integration: CanvasIntegration) -> CanvasUser:
    return School(integration).user()


@pytest.fixture
def here(integration: CanvasIntegration, student: CanvasUser) -> dict[str, models.Model]:
    """The rows of a course, beside those of another course and another person."""
    school = School(integration)
    parts_of(school.course(), school.user())
    return parts_of(school.course(), student)


def asked(method: str) -> list[Any]:
    return [model for model in MIRRORED if hasattr(model.objects, method)]


def found(method: str, parent: Any) -> dict[str, list[models.Model]]:
    return {model.__name__: list(getattr(model.objects, method)(parent)) for model in asked(method)}


def test_every_row_of_a_course_is_found_by_it(here: dict[str, models.Model]) -> None:
    for name, row in here.items():
        assert list(type(row).objects.for_course(here["CanvasCourse"])) == [row], name  # type: ignore[attr-defined]
        assert list(type(row).objects.for_course(here["CanvasCourse"].pk)) == [row], name  # type: ignore[attr-defined]
    assert {model.__name__ for model in MIRRORED} - set(here) == {"CanvasTerm", "CanvasUser"}


@pytest.mark.parametrize(
    ("method", "parent"),
    [("for_assignment", "CanvasAssignment"), ("for_student", "student")],
)
def test_an_instance_and_its_id_find_the_same(
    here: dict[str, models.Model], student: CanvasUser, method: str, parent: str
) -> None:
    whose = student if parent == "student" else here[parent]
    expected = {model.__name__: [here[model.__name__]] for model in asked(method)}
    assert found(method, whose) == expected
    assert found(method, whose.pk) == expected


def test_the_tables_that_know_an_assignment_or_a_student() -> None:
    parts = {"CanvasSubmission", "CanvasSubmissionComment", "CanvasRubricAssessment"}
    others = {"CanvasAssignmentOverride", "CanvasQuiz", "CanvasRubric"}
    assert {model.__name__ for model in asked("for_assignment")} == parts | others
    people = {"CanvasEnrollment", "CanvasGroup", "CanvasGroupMembership"}
    assert {model.__name__ for model in asked("for_student")} == parts | people


def test_an_integration_finds_its_rows_only(
    integration: CanvasIntegration, other_integration: CanvasIntegration
) -> None:
    rows = [CanvasTerm.objects.create(integration=one) for one in (integration, other_integration)]
    assert list(CanvasTerm.objects.for_integration(integration)) == rows[:1]
    assert list(CanvasTerm.objects.for_integration(other_integration.pk)) == rows[1:]


def test_a_group_somebody_left_is_not_theirs(
    here: dict[str, Any], student: CanvasUser, integration: CanvasIntegration
) -> None:
    memberships = ours.CanvasGroupMembership.objects.for_student(student)
    memberships.create(group=here["CanvasGroup"], student=student)
    assert list(ours.CanvasGroup.objects.for_student(student)) == [here["CanvasGroup"]]
    memberships.update(deleted_at=integration.created_at)
    assert list(ours.CanvasGroup.objects.for_student(student)) == []


@pytest.mark.parametrize("model", [CanvasTerm, CanvasUser])
def test_a_table_without_a_course_says_so_and_what_to_ask(model: Any) -> None:
    with pytest.raises(TypeError, match=f"{model.__name__} rows belong to no course; "):
        model.objects.for_course(1)


def test_a_parent_of_another_model_is_refused(student: CanvasUser) -> None:
    with pytest.raises(TypeError, match="expected a CanvasCourse or its id, not a CanvasUser"):
        CanvasEnrollment.objects.for_course(student)  # type: ignore[arg-type]


def test_no_parent_does_not_mean_all_rows_without_one(db: None) -> None:
    with pytest.raises(TypeError, match="expected a CanvasUser or its id, not None"):
        CanvasEnrollment.objects.for_student(None)  # type: ignore[arg-type]


def test_a_parent_that_is_not_saved_is_refused() -> None:
    with pytest.raises(ValueError, match="this CanvasCourse is not saved yet"):
        CanvasEnrollment.objects.for_course(CanvasCourse(name="Biology 101"))
