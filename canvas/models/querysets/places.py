"""What is asked of terms, courses and sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

from canvas.models.querysets.mirror import MirrorQuerySet
from canvas.models.querysets.parents import children

if TYPE_CHECKING:
    from canvas.models.people import CanvasEnrollment

_Row = TypeVar("_Row", bound=models.Model)


class TermQuerySet(MirrorQuerySet[_Row]):
    def active(self) -> Self:
        """`workflow_state` active, whatever the dates. Source: canvas-api 4.3."""
        return self.filter(workflow_state="active")


class CourseQuerySet(MirrorQuerySet[_Row]):
    def active(self) -> Self:
        """Published and neither concluded nor deleted: `workflow_state` available.

        The end of a term or of the course dates does not change that state (canvas-api 4.2,
        trap 29): filter by `end_at` and `term__end_at` where dates matter.
        """
        return self.filter(workflow_state="available")

    def published(self) -> Self:
        """`workflow_state` available, or completed: a concluded course stays published.

        Source: canvas-api 4.2; what was never published is `unpublished` (trap 25).
        """
        return self.filter(workflow_state__in=("available", "completed"))

    def with_enrollments(self, rows: models.QuerySet[CanvasEnrollment] | None = None) -> Self:
        """`course.enrollments.all()` and `enrollment.student` ask nothing more: 2 queries in all.

        Every state and deleted rows are there unless `rows` narrows them.
        """
        return self.prefetch_related(
            children(self.model, "enrollments", rows=rows, with_parent="student")
        )


class SectionQuerySet(MirrorQuerySet[_Row]):
    def with_enrollments(self, rows: models.QuerySet[CanvasEnrollment] | None = None) -> Self:
        """`section.enrollments.all()` and `enrollment.student` ask nothing more: 2 queries in all.

        Every state and deleted rows are there unless `rows` narrows them.
        """
        return self.prefetch_related(
            children(self.model, "enrollments", rows=rows, with_parent="student")
        )
