"""What Canvas tells by itself: events as they came, and what they make stale."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from canvas.models import CanvasIntegration


class WebhookEvent(models.Model):
    """One Live Event, stored before Canvas is told that it was received.

    `digest` is of the whole event, so that one that comes twice is stored once; `repeats` counts
    the others. `document` has the parts of it that say what changed (ids, states, instants), and
    none that say what somebody wrote or was given. `received_at` is the clock of the database,
    `handled_at` null until it was turned into marks; `outcome` says what came of it.
    """

    class Outcome(models.TextChoices):
        MARKED = "marked", "something is to be read again"
        IGNORED = "ignored", "it changes nothing that is mirrored"
        UNKNOWN_COURSE = "unknown_course", "its course is not mirrored"
        FOREIGN = "foreign", "it is of another Canvas"
        UNREADABLE = "unreadable", "it does not name what changed"

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(
        CanvasIntegration, on_delete=models.CASCADE, related_name="events"
    )
    digest = models.CharField(max_length=64)
    event_name = models.CharField(max_length=100)
    event_time = models.DateTimeField(null=True, blank=True)
    document = models.JSONField(default=dict)
    repeats = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(db_default=Now())
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "digest"], name="event_is_stored_once")
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(handled_at__isnull=True), name="event_waiting"),
            models.Index(fields=["integration", "-received_at"], name="event_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name} {self.pk}"


class DirtyMark(models.Model):
    """Something of a course that is to be read again, and when.

    `resource` is a source of `sync.plan`; `target` names what of it in that source's own words, ""
    for all of it. `version` grows with each event, so that a reading that began before the last of
    them does not settle the mark. `looks`: how often it was read since; the second look follows
    because Canvas reads from replicas. Instants are the database's clock.
    """

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(CanvasIntegration, on_delete=models.CASCADE, related_name="+")
    course = models.BigIntegerField()
    resource = models.CharField(max_length=50)
    target = models.CharField(max_length=100, default="", blank=True)
    version = models.PositiveIntegerField(default=1)
    looks = models.PositiveSmallIntegerField(default=0)
    marked_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "course", "resource", "target"], name="mark_of_target"
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="mark_due")]

    def __str__(self) -> str:
        return f"{self.resource} {self.target} of course {self.course}"


class WebhookKeys(models.Model):
    """The key set that signs events, as it was last fetched from `url`, shared by all processes.

    `tried_at`: when a fetch last began, by the database's clock; whoever moves it on may fetch.
    """

    url = models.CharField(max_length=500, primary_key=True)
    keys = models.JSONField(default=list)
    fetched_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.url
