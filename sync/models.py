"""The ledger: runs, what each resource came to, how far a listing was read, what was set aside.

And what a run leaves for others: the feed of changes and the roll-up of the course.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from canvas.models import CanvasCourse, CanvasIntegration


class Run(models.Model):
    """One sync of one course, intended, under way or ended. `course` is Canvas's id of it.

    `traffic`: what was counted on the wire, as `canvas.client.Stats.as_counts` has it.
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

    id = models.BigAutoField(primary_key=True)
    integration = models.ForeignKey(
        CanvasIntegration, on_delete=models.CASCADE, related_name="runs"
    )
    course = models.BigIntegerField()
    only = models.JSONField(default=list, blank=True)
    full = models.BooleanField(default=False)
    accept_deletes = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0.0)
    requests = models.PositiveIntegerField(default=0)
    throttle_wait_s = models.FloatField(default=0.0)
    traffic = models.JSONField(default=dict, blank=True)
    error = models.JSONField(null=True, blank=True, default=None)

    class Meta:
        indexes = [models.Index(fields=["integration", "course", "-id"], name="run_course")]

    def __str__(self) -> str:
        return f"run {self.pk} of course {self.course}: {self.state}"


class Step(models.Model):
    """What one resource came to in one run. `complete`: Canvas's whole list was read."""

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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "resource"], name="step_of_resource")]

    def __str__(self) -> str:
        return f"{self.resource}: {self.seen} seen"


class Checkpoint(models.Model):
    """How far one listing of a run has been stored; written in the transaction of its rows.

    `parent` is the Canvas id of the group set or group the listing is of, 0 for the course's own.
    `next_url` is opaque and null when the last page is stored.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checkpoints")
    source = models.CharField(max_length=50)
    parent = models.BigIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    records = models.PositiveIntegerField(default=0)
    next_url = models.TextField(null=True, blank=True)
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "source", "parent"], name="checkpoint_of_listing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.pages} pages"


class Reject(models.Model):
    """A record that could not be stored. `reason` names fields and types, never a value of it."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rejects")
    source = models.CharField(max_length=50)
    table = models.CharField(max_length=50)
    canvas_id = models.CharField(max_length=100, null=True, blank=True)
    reason = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.table} {self.canvas_id or '?'}: {self.reason}"


class Change(models.Model):
    """One entry of the change feed: a mirrored row that a run created, changed, ended or revived.

    Written in the transaction of the row. `resource` and `row_id` name the row as `Step.resource`
    and its primary key do, `canvas_id` is Canvas's. `fields` names the columns whose value changed
    and holds no value; it is empty for a row that was created or deleted.
    """

    class Kind(models.TextChoices):
        CREATED = "created"
        UPDATED = "updated"
        DELETED = "deleted"
        REVIVED = "revived"

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="changes", db_index=False)
    resource = models.CharField(max_length=50)
    row_id = models.BigIntegerField()
    canvas_id = models.CharField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    fields = models.JSONField(default=list, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["run", "resource", "row_id"], name="change_of_run"),
            models.Index(fields=["resource", "row_id"], name="change_of_row"),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.canvas_id}: {self.kind}"


class CourseRollup(models.Model):
    """What the live rows of a course add up to, brought up to date when a run has read it.

    People count once however many enrollments they have; `students` and `teachers` are those with
    an active enrollment. `submissions` are placeholders of work never handed in included.
    """

    course = models.OneToOneField(
        CanvasCourse, on_delete=models.CASCADE, primary_key=True, related_name="rollup"
    )
    students = models.PositiveIntegerField(default=0)
    teachers = models.PositiveIntegerField(default=0)
    enrollments = models.PositiveIntegerField(default=0)
    active_enrollments = models.PositiveIntegerField(default=0)
    assignments = models.PositiveIntegerField(default=0)
    published_assignments = models.PositiveIntegerField(default=0)
    submissions = models.PositiveIntegerField(default=0)
    graded_submissions = models.PositiveIntegerField(default=0)
    submissions_to_grade = models.PositiveIntegerField(default=0)
    late_submissions = models.PositiveIntegerField(default=0)
    missing_submissions = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"roll-up of course {self.course_id}"
