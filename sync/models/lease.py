"""Who may write a course just now."""

from __future__ import annotations

from django.db import models

from canvas.models import CanvasIntegration
from sync.models.ledger import Run


class Lease(models.Model):
    """The right to write one course of one integration, with a fencing epoch.

    `epoch` grows each time somebody takes the lease; whoever writes shows the epoch it was given,
    inside its transaction, and is refused once another has the lease. `expires_at` is the clock of
    the database; the row stays when the lease is given back, with `run` null. `course` is Canvas's
    id.
    """

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(CanvasIntegration, on_delete=models.CASCADE, related_name="+")
    course = models.BigIntegerField()
    epoch = models.BigIntegerField(default=0)
    run = models.ForeignKey(
        Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="leases"
    )
    holder = models.CharField(max_length=200, default="", blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "course"], name="lease_of_course")
        ]

    def __str__(self) -> str:
        return f"lease {self.epoch} of course {self.course}"
