"""What outlives a run: how fresh each source of a course is, and which rows were missed once."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from canvas.models import CanvasIntegration
from sync.models.ledger import Run


class Watermark(models.Model):
    """How fresh the mirror is in one source of one course; written when the source is closed.

    All instants are Canvas's clock when the reading began, so that nothing written meanwhile is
    lost. `read_at`: of the last reading, whatever its mode; `complete_at`: of the last one that
    read everything, proved it and left nothing to be settled. `full_because` says why the next one
    must read everything, "" when nothing asks for it. Figures: of the last full reading, and of the
    last other one.
    """

    class Mode(models.TextChoices):
        FULL = "full"
        UPDATED_SINCE = "updated_since"
        SUBMITTED_SINCE = "submitted_since"
        CHANGED_PARENTS = "changed_parents"

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(
        CanvasIntegration, on_delete=models.CASCADE, related_name="watermarks"
    )
    course = models.BigIntegerField()
    source = models.CharField(max_length=50)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    mode = models.CharField(max_length=20, choices=Mode.choices, default=Mode.FULL)
    read_at = models.DateTimeField(null=True, blank=True)
    complete_at = models.DateTimeField(null=True, blank=True)
    full_because = models.CharField(max_length=100, default="", blank=True)
    full_requests = models.PositiveIntegerField(default=0)
    full_cost = models.FloatField(default=0.0)
    full_seconds = models.FloatField(default=0.0)
    requests = models.PositiveIntegerField(default=0)
    cost = models.FloatField(default=0.0)
    seconds = models.FloatField(default=0.0)
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "course", "source"], name="watermark_of_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} of course {self.course}: complete as of {self.complete_at}"


class Unseen(models.Model):
    """A live row that a complete listing did not have, and nothing has confirmed to be gone.

    `table` and `row_id` name the row as `sync.tables` and its primary key do. The second complete
    listing without it ends it; being seen again forgets this.
    """

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(CanvasIntegration, on_delete=models.CASCADE, related_name="+")
    course = models.BigIntegerField()
    table = models.CharField(max_length=50)
    row_id = models.BigIntegerField()
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    unseen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "row_id"], name="unseen_row")]
        indexes = [models.Index(fields=["integration", "course", "table"], name="unseen_of_course")]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"
