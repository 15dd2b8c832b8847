"""When what is to be synced again, and when the daemon's own chores are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from canvas.models import CanvasIntegration
from sync.models.ledger import Run


class SyncSchedule(models.Model):
    """When a course is synced, or with `course` null, when an integration's courses are discovered.

    A person sets `interval_s` (null: adapted to what happens in the course), `jitter` (share of the
    interval by which each time may be later), the window of the day in UTC outside of which nothing
    begins, `priority` (more is sooner) and `paused`. Discovery writes what Canvas says of the
    course: its name, state and term, whether it is but a stub (`is_restricted`), and when it was
    last listed. `tick` writes the rest: `next_at` by the database's clock, the `cadence_s` it came
    to and why. `failures`: how many runs in a row did not come to their end.
    """

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(
        CanvasIntegration, on_delete=models.CASCADE, related_name="schedules"
    )
    course = models.BigIntegerField(null=True, blank=True)
    interval_s = models.PositiveIntegerField(null=True, blank=True)
    jitter = models.FloatField(default=0.1)
    window_start = models.TimeField(null=True, blank=True)
    window_end = models.TimeField(null=True, blank=True)
    priority = models.SmallIntegerField(default=0)
    paused = models.BooleanField(default=False)

    name = models.TextField(default="", blank=True)
    workflow_state = models.CharField(max_length=50, default="", blank=True)
    term_id = models.BigIntegerField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_restricted = models.BooleanField(default=False)
    listed_at = models.DateTimeField(null=True, blank=True)

    next_at = models.DateTimeField(db_default=Now())
    cadence_s = models.PositiveIntegerField(default=0)
    cadence_because = models.CharField(max_length=100, default="", blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_run = models.ForeignKey(
        Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "course"], name="schedule_of_course"),
            models.UniqueConstraint(
                fields=["integration"],
                condition=Q(course__isnull=True),
                name="schedule_of_discovery",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(paused=False), name="schedule_due")]

    def __str__(self) -> str:
        what = "discovery" if self.course is None else f"course {self.course}"
        return f"{what}, next at {self.next_at}"


class Chore(models.Model):
    """Something the daemon does now and then by itself; whoever moves `next_at` on does it."""

    name = models.CharField(max_length=50, primary_key=True)
    next_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name
