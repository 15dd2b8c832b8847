"""What every mirrored row has in common: its origin, its changes, what no column holds."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from canvas.models.integration import CanvasIntegration
from canvas.models.mixins import AsyncModelMixin


class MirroredRow(AsyncModelMixin):
    """A row that stands for one record of Canvas.

    A row with `canvas_id` null was made locally; a sync never touches it. `read_at` is when Canvas
    was asked for the answer the stored values come from, null when nobody said: an answer that was
    asked for more than a second earlier writes nothing.

    Class attributes (they steer `upsert`, see `canvas/models/upsert`)
        canvas_key    the fields of the unique rule a payload is recognised by
        quiet         columns refreshed without calling the row changed: Canvas computes them when
                      they are read
        volatile      columns and `extra` keys that differ on every read; never a reason to write
        remembered    columns of which a change tells the old and the new value: grades and states
        course_path   look-up path from this row to its course, "" when it belongs to none
    """

    canvas_key: ClassVar[tuple[str, ...]] = ("integration", "canvas_id")
    quiet: ClassVar[frozenset[str]] = frozenset()
    volatile: ClassVar[frozenset[str]] = frozenset()
    remembered: ClassVar[frozenset[str]] = frozenset()
    course_path: ClassVar[str] = "course"

    id = models.BigAutoField(primary_key=True)
    # The unique rule below starts with this column and serves look-ups by it.
    integration = models.ForeignKey(
        CanvasIntegration,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    canvas_id = models.BigIntegerField(null=True, blank=True, default=None)
    content_hash = models.CharField(max_length=32, default="", blank=True, editable=False)
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    deleted_at = models.DateTimeField(null=True, blank=True, default=None)
    read_at = models.DateTimeField(null=True, blank=True, default=None, editable=False)
    extra = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "canvas_id"], name="%(class)s_canvas_key"
            )
        ]

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.canvas_id if self.canvas_id is not None else 'local'}"


class PartOfParent(MirroredRow):
    """A row whose `canvas_id` is text, or not an id at all, and unique only inside its parent."""

    # Free strings such as "_8013" or "blank" (canvas-api 4.16, trap 71).
    canvas_id = models.CharField(null=True, blank=True, default=None)  # type: ignore[assignment]

    class Meta:
        abstract = True
