"""MirrorQuerySet: the filters every mirrored table has."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self, TypeVar, cast

from django.db import models
from django.utils import timezone

from canvas.models.querysets.parents import key_of
from canvas.models.querysets.terminals import AsyncQuerySet

if TYPE_CHECKING:
    from canvas.models.course import CanvasCourse
    from canvas.models.integration import CanvasIntegration
    from canvas.models.mirrored import MirroredRow

_Row = TypeVar("_Row", bound=models.Model)

# What to ask instead, where a row belongs to no course.
_INSTEAD = {
    "CanvasTerm": "read `course.term`",
    "CanvasUser": "ask CanvasEnrollment.objects.for_course(course).with_student_info()",
}


class MirrorQuerySet(AsyncQuerySet[_Row]):
    """Chainable filters first, then one terminal.

    A parent may be given as an instance or by its `id` here (not Canvas's). Raises TypeError for
    an instance of another model and for None, ValueError for an instance that is not saved.
    """

    def live(self) -> Self:
        """Leave out what Canvas no longer lists (`deleted_at`); no other filter does."""
        return self.filter(deleted_at__isnull=True)

    def for_integration(self, integration: CanvasIntegration | int) -> Self:
        return self.filter(integration=key_of(integration, of="CanvasIntegration"))

    def for_course(self, course: CanvasCourse | int) -> Self:
        """Rows of one course. Raises TypeError where rows belong to none: terms and users."""
        model = cast("type[MirroredRow]", self.model)
        if not model.course_path:
            name = model.__name__
            instead = _INSTEAD.get(name, "filter by a relation it has")
            raise TypeError(f"{name} rows belong to no course; {instead}")
        return self.filter(**{model.course_path: key_of(course, of="CanvasCourse")})

    def changed_since(self, instant: dt.datetime) -> Self:
        """Rows that were created, changed, revived or ended at or after `instant`.

        By the clock of whoever wrote them. What Canvas computes on reading (`late`, `missing`,
        `needs_grading_count`) is no change. Raises ValueError for a time without a zone.
        """
        if timezone.is_naive(instant):
            raise ValueError(
                f"changed_since({instant!r}): the time has no zone; use django.utils.timezone.now()"
            )
        return self.filter(changed_at__gte=instant)
