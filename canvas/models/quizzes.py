"""Quizzes of both engines (canvas-api 4.15)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from canvas.models import columns
from canvas.models.assignments import CanvasAssignment, CanvasAssignmentGroup
from canvas.models.course import CanvasCourse
from canvas.models.mirrored import MirroredRow
from canvas.models.querysets import QuizQuerySet


class CanvasQuiz(MirroredRow):
    """A classic quiz, or a New Quiz (`engine` "new").

    The id of a New Quiz is that of its assignment and may equal the id of a classic quiz (trap
    68): the engine is part of the key. Access codes and IP filters are secrets and are not stored.
    """

    class Engine(models.TextChoices):
        CLASSIC = "classic"
        NEW = "new"

    canvas_key: ClassVar[tuple[str, ...]] = ("integration", "engine", "canvas_id")
    volatile: ClassVar[frozenset[str]] = frozenset(
        ["lock_info", "locked_for_user", "lock_explanation", "unpublishable", "permissions"]
    )

    engine = models.CharField(max_length=10, choices=Engine.choices, default=Engine.CLASSIC)
    course = models.ForeignKey(CanvasCourse, on_delete=models.CASCADE, related_name="quizzes")
    assignment = models.ForeignKey(
        CanvasAssignment, on_delete=models.SET_NULL, null=True, blank=True, related_name="quizzes"
    )
    assignment_group = models.ForeignKey(
        CanvasAssignmentGroup,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="quizzes",
    )
    title = columns.text()
    html_url = columns.text()
    description = columns.prose()
    instructions = columns.prose()
    quiz_type = columns.text()
    time_limit = columns.whole()
    shuffle_answers = columns.flag()
    hide_results = columns.text()
    show_correct_answers = columns.flag()
    show_correct_answers_at = columns.instant()
    hide_correct_answers_at = columns.instant()
    one_time_results = columns.flag()
    scoring_policy = columns.text()
    allowed_attempts = columns.whole()
    one_question_at_a_time = columns.flag()
    question_count = columns.whole()
    points_possible = columns.number()
    cant_go_back = columns.flag()
    has_access_code = columns.flag()
    due_at = columns.instant()
    lock_at = columns.instant()
    unlock_at = columns.instant()
    published = columns.flag()
    version_number = columns.whole()
    question_types = columns.document()
    anonymous_submissions = columns.flag()
    only_visible_to_overrides = columns.flag()
    post_to_sis = columns.flag()
    grading_type = columns.text()
    quiz_settings = columns.document()

    objects: ClassVar = QuizQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "engine", "canvas_id"], name="canvasquiz_canvas_key"
            )
        ]
