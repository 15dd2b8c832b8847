"""What a run leaves for others: the feed of changes and the roll-up of the course."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from canvas.models import CanvasCourse
from sync.models.ledger import Run


class Change(models.Model):
    """One entry of the change feed: a mirrored row that a run created, changed, ended or revived.

    Written in the transaction of the row. `resource` and `row_id` name the row as `Step.resource`
    and its primary key do, `canvas_id` is Canvas's. `fields` names the columns whose value changed
    and holds no value; it is empty for a row that was created or deleted. `values` is column →
    [old, new] for grades and states of an updated row, null when none of them changed or no history
    is kept.
    """

    class Kind(models.TextChoices):
        CREATED = "created"
        UPDATED = "updated"
        DELETED = "deleted"
        REVIVED = "revived"

    id = models.BigAutoField(primary_key=True)
    # Whoever writes an entry has just written to its run, in the same transaction: the database
    # need not look for the run once more for every row of a first load.
    run = models.ForeignKey(
        Run,
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
        db_constraint=False,
    )
    resource = models.CharField(max_length=50)
    row_id = models.BigIntegerField()
    canvas_id = models.CharField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    fields = models.JSONField(default=list, blank=True)
    values = models.JSONField(null=True, blank=True, default=None)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["run", "resource", "row_id"], name="change_of_run"),
            models.Index(fields=["resource", "row_id"], name="change_of_row"),
            models.Index(
                fields=["changed_at"],
                condition=models.Q(values__isnull=False),
                name="change_with_values",
            ),
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
