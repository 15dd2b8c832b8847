"""Shapes and models say the same: every field has a column of its kind."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from django.db import models

from canvas import models as tables
from sync.transform import assignments, courses, groups, people, quizzes, rubrics, submissions
from sync.transform.shape import Shape

SHAPES: tuple[tuple[type[Shape], type[models.Model]], ...] = (
    (courses.TermShape, tables.CanvasTerm),
    (courses.CourseShape, tables.CanvasCourse),
    (courses.SectionShape, tables.CanvasSection),
    (people.UserShape, tables.CanvasUser),
    (people.EnrollmentShape, tables.CanvasEnrollment),
    (groups.CategoryShape, tables.CanvasGroupCategory),
    (groups.GroupShape, tables.CanvasGroup),
    (groups.MembershipShape, tables.CanvasGroupMembership),
    (assignments.AssignmentGroupShape, tables.CanvasAssignmentGroup),
    (assignments.AssignmentShape, tables.CanvasAssignment),
    (assignments.OverrideShape, tables.CanvasAssignmentOverride),
    (submissions.SubmissionShape, tables.CanvasSubmission),
    (submissions.CommentShape, tables.CanvasSubmissionComment),
    (submissions.AssessmentShape, tables.CanvasRubricAssessment),
    (quizzes.QuizShape, tables.CanvasQuiz),
    (rubrics.RubricShape, tables.CanvasRubric),
    (rubrics.CriterionShape, tables.CanvasRubricCriterion),
    (rubrics.RatingShape, tables.CanvasRubricRating),
)
# Columns that are filled beside the shapes.
BESIDE = frozenset(
    "current_score current_grade final_score final_grade "
    "overridden_dates position engine payload_hash".split()
)
KINDS: dict[str, type[models.Field[Any, Any]]] = {
    "int": models.BigIntegerField,
    "float": models.FloatField,
    "bool": models.BooleanField,
    "str": models.CharField,
    "datetime": models.DateTimeField,
    "date": models.DateField,
    "list": models.JSONField,
    "dict": models.JSONField,
}
every_shape = pytest.mark.parametrize(("shape", "model"), SHAPES, ids=lambda one: str(one.__name__))


def columns_of(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    fields = model._meta.concrete_fields
    common = {field.name for field in tables.MirroredRow._meta.fields}
    return {f.name: f for f in fields if not f.is_relation and f.name not in common}


def kind_of(hint: Any) -> str:
    """The name of the one type a hint allows beside null and absent."""
    parts = [kind_of(part) for part in get_args(hint) if not isinstance(part, msgspec.Meta)]
    if isinstance(hint, type) and hint in (list, dict):
        parts = []
    origin = getattr(hint, "__origin__", None)
    if origin in (list, dict):
        return str(origin.__name__)
    names = [name for name in parts if name not in ("NoneType", "UnsetType")]
    return names[0] if names else str(getattr(hint, "__name__", hint))


@every_shape
def test_every_field_of_a_shape_has_a_column_of_its_kind(
    shape: type[Shape], model: type[models.Model]
) -> None:
    columns = columns_of(model)
    hints = get_type_hints(shape, include_extras=True)
    for name in set(shape.__struct_fields__) - {"id"}:
        column = columns[name]
        kind = models.CharField if isinstance(column, models.TextField) else type(column)
        assert kind is KINDS[kind_of(hints[name])], name


@every_shape
def test_every_column_of_a_model_is_filled(shape: type[Shape], model: type[models.Model]) -> None:
    assert set(columns_of(model)) - set(shape.__struct_fields__) - BESIDE == set()


@every_shape
def test_every_column_may_be_absent(shape: type[Shape], model: type[models.Model]) -> None:
    required = [f.name for f in msgspec.structs.fields(shape) if f.required]
    assert required in (["id"], [])
