"""Rubrics, their criteria and ratings (canvas-api 4.16).

The ids of criteria and ratings are free strings that repeat between rubrics and between criteria.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from canvas.models import columns
from canvas.models.course import CanvasCourse
from canvas.models.mirrored import MirroredRow, PartOfParent
from canvas.models.querysets import RubricQuerySet


class CanvasRubric(MirroredRow):
    """A rubric; `course` is null for one that an account or nobody known owns."""

    course = models.ForeignKey(
        CanvasCourse, on_delete=models.CASCADE, null=True, blank=True, related_name="rubrics"
    )
    title = columns.text()
    context_id = columns.canvas_id()
    context_type = columns.text()
    points_possible = columns.number()
    reusable = columns.flag()
    public = columns.flag()
    read_only = columns.flag()
    free_form_criterion_comments = columns.flag()
    hide_score_total = columns.flag()
    hide_points = columns.flag()
    workflow_state = columns.text()

    objects: ClassVar = RubricQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass


class CanvasRubricCriterion(PartOfParent):
    course_path: ClassVar[str] = "rubric__course"
    canvas_key: ClassVar[tuple[str, ...]] = ("rubric", "canvas_id")

    rubric = models.ForeignKey(CanvasRubric, on_delete=models.CASCADE, related_name="criteria")
    position = columns.whole()
    description = columns.prose()
    long_description = columns.prose()
    points = columns.number()
    criterion_use_range = columns.flag()
    ignore_for_scoring = columns.flag()
    learning_outcome_id = columns.canvas_id()
    outcome_id = columns.canvas_id()
    mastery_points = columns.number()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rubric", "canvas_id"], name="criterion_canvas_key")
        ]


class CanvasRubricRating(PartOfParent):
    course_path: ClassVar[str] = "criterion__rubric__course"
    canvas_key: ClassVar[tuple[str, ...]] = ("criterion", "canvas_id")

    criterion = models.ForeignKey(
        CanvasRubricCriterion, on_delete=models.CASCADE, related_name="ratings"
    )
    position = columns.whole()
    description = columns.prose()
    long_description = columns.prose()
    points = columns.number()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["criterion", "canvas_id"], name="rating_canvas_key")
        ]
