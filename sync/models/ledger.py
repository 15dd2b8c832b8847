"""The ledger of runs: what was asked, how far it came, what each resource came to."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from canvas.models import CanvasIntegration


class Run(models.Model):
    """One sync of one course, intended, under way or ended. `course` is Canvas's id of it.

    `trigger` says who wanted it, `queue` and `priority` (more is sooner) where it waits; a command
    carries its run out itself and waits in no queue. `targets`: source → which of its records are
    read again because an event named them; null for a reading of the course. `not_before` and
    `dispatched_at` (when a message with its id was last sent) are the database's clock. `progress`
    is how far it is while it is under way, as `sync.progress` has it.
    `traffic`: what was counted on the wire, as `canvas.client.Stats.as_counts` has it. A run that
    did not come to its end may be gone on with: `attempts` counts how often it was begun, `worker`
    names the process that does it, `alive_at` is when that process last stored something.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        PARTIAL = "partial"
        HELD = "held"
        FAILED = "failed"
        BUSY = "busy"
        INTERRUPTED = "interrupted"

    class Trigger(models.TextChoices):
        COMMAND = "command"
        SCHEDULE = "schedule"
        WEBHOOK = "webhook"

    class Queue(models.TextChoices):
        REALTIME = "realtime"
        SCHEDULED = "scheduled"
        BULK = "bulk"

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(
        CanvasIntegration, on_delete=models.CASCADE, related_name="runs"
    )
    course = models.BigIntegerField()
    trigger = models.CharField(max_length=20, choices=Trigger.choices, default=Trigger.COMMAND)
    queue = models.CharField(max_length=20, choices=Queue.choices, default="", blank=True)
    priority = models.SmallIntegerField(default=0)
    targets = models.JSONField(null=True, blank=True, default=None)
    not_before = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    progress = models.JSONField(default=dict, blank=True)
    only = models.JSONField(default=list, blank=True)
    full = models.BooleanField(default=False)
    accept_deletes = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=200, default="", blank=True)
    alive_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0.0)
    requests = models.PositiveIntegerField(default=0)
    throttle_wait_s = models.FloatField(default=0.0)
    traffic = models.JSONField(default=dict, blank=True)
    error = models.JSONField(null=True, blank=True, default=None)

    class Meta:
        indexes = [
            models.Index(fields=["integration", "course", "-id"], name="run_course"),
            models.Index(
                fields=["state", "queue"],
                condition=models.Q(state__in=["queued", "running"]),
                name="run_open",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of course {self.course}: {self.state}"


class Step(models.Model):
    """What one resource came to in one run.

    `complete`: all that the run had set out to read of it was read. `mode`: what that was, as in
    `Watermark.mode`.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    resource = models.CharField(max_length=50)
    seen = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    complete = models.BooleanField(default=False)
    mode = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "resource"], name="step_of_resource")]

    def __str__(self) -> str:
        return f"{self.resource}: {self.seen} seen"


class Checkpoint(models.Model):
    """How far one listing of a run has been stored; written in the transaction of its rows.

    `parent` is the Canvas id of the group set or group the listing is of, 0 for the course's own.
    `next_url` is opaque and null when the last page is stored. `began_at`: when the first page was
    asked for, by Canvas's clock. `proof`: what the end of the listing proves, once it is stored.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checkpoints")
    source = models.CharField(max_length=50)
    parent = models.BigIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    records = models.PositiveIntegerField(default=0)
    next_url = models.TextField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    proof = models.JSONField(null=True, blank=True, default=None)
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "source", "parent"], name="checkpoint_of_listing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.pages} pages"


class Seen(models.Model):
    """What a source of a run was seen to have, as of the last batch stored; for going on with it.

    Written in the transaction of the batch. `rows` is the encoded part of the census that the
    source made (see `sync.census`).
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="sights")
    source = models.CharField(max_length=50)
    rows = models.BinaryField(default=bytes)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "source"], name="seen_by_source")]

    def __str__(self) -> str:
        return f"{self.source} of run {self.run_id}"


class Reject(models.Model):
    """A record that could not be stored.

    `reason` names fields and types, never a value of it; `excerpt` is the record as JSON with its
    ids, and in place of every other value what kind it is. `resolved_at`: when a later reading
    stored it.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rejects")
    source = models.CharField(max_length=50)
    table = models.CharField(max_length=50)
    canvas_id = models.CharField(max_length=100, null=True, blank=True)
    reason = models.TextField()
    excerpt = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.table} {self.canvas_id or '?'}: {self.reason}"
