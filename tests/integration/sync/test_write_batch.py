"""One batch: rows, rejects and checkpoint together or not at all; a bad record spoils no other."""

from typing import Any

import pytest
from django.db import IntegrityError, connection

from canvas.models import CanvasCourse, CanvasSection, CanvasSubmission, CanvasSubmissionComment
from sync.batch import Batch
from sync.models import Checkpoint, Reject
from sync.tables import TABLES
from sync.target import Target
from sync.transform.rows import Row
from tests.integration.sync.loading import Mirror, batch_of
from tests.unit.transform.payloads import course, membership, section
from tests.unit.transform.work_payloads import assignment, criterion, rubric, submission

HUGE = 2**63


def section_row(number: int, **values: Any) -> Row:
    return Row(table="sections", key=number, values={"extra": {}} | values, links={"course": 101})


def rejected() -> list[tuple[str, str | None]]:
    return list(Reject.objects.order_by("pk").values_list("table", "canvas_id"))


def test_a_whole_course_is_stored_and_counted(mirror: Mirror) -> None:
    mirror.load_course()
    stored = {table.name: table.model.objects.filter(table.only).count() for table in TABLES}
    assert stored == {table.name: mirror.counts(table.name).created for table in TABLES}
    assert min(stored.values()) == 1
    assert rejected() == []


def test_the_same_course_again_is_unchanged_in_every_table(loaded: Mirror) -> None:
    loaded.load_course()
    for table in TABLES:
        created, updated, unchanged = loaded.fates(table.name)
        assert (created, updated) == (0, 0), table.name
        assert unchanged == table.model.objects.filter(table.only).count()


def test_a_row_in_two_batches_is_counted_once_as_what_says_more(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("course", course())
    mirror.load("course", course(name="Biology 102"))
    assert mirror.fates("courses") == (1, 0, 0)
    assert mirror.counts("courses").seen == 1


def test_a_row_whose_parent_is_missing_is_set_aside_and_its_siblings_are_stored(
    mirror: Mirror,
) -> None:
    mirror.load("course", course())
    mirror.load("sections", section(id=1), section(id=2, course_id=999), section(id=3))
    assert set(CanvasSection.objects.values_list("canvas_id", flat=True)) == {1, 3}
    reject = Reject.objects.get()
    assert (reject.run_id, reject.source, reject.table) == (mirror.run.pk, "sections", "sections")
    assert (reject.canvas_id, reject.reason) == ("2", "its course is not in the mirror")
    assert (mirror.counts("sections").seen, mirror.counts("sections").rejected) == (3, 1)


def test_what_belongs_to_a_row_set_aside_is_set_aside_too(loaded: Mirror) -> None:
    loaded.load("submissions", submission(id=9, assignment_id=999), submission(id=10))
    assert rejected() == [
        ("submissions", "9"),
        ("submission_comments", "771"),
        ("rubric_assessments", "_8013"),
    ]
    assert CanvasSubmission.objects.filter(canvas_id=10).exists()


def test_an_unreadable_record_is_booked_without_its_values(loaded: Mirror) -> None:
    loaded.load("sections", section(id=1, start_at="canary-7731"), section(id=2))
    reject = Reject.objects.get()
    assert (reject.canvas_id, "$.start_at" in reject.reason) == ("1", True)
    assert "canary" not in reject.reason
    assert loaded.counts("sections").created == 1


@pytest.mark.parametrize("bad", [set[int](), {0}, {39}, {3, 4}, {0, 17, 39}, set(range(40))])
def test_only_the_values_the_database_refuses_are_set_aside(mirror: Mirror, bad: set[int]) -> None:
    mirror.load("course", course())
    rows = [section_row(n, total_students=HUGE if n in bad else n) for n in range(40)]
    mirror.load_rows("sections", *rows)
    stored = set(CanvasSection.objects.values_list("canvas_id", flat=True))
    assert stored == set(range(40)) - bad
    assert {int(key or -1) for _, key in rejected()} == bad
    assert mirror.fates("sections") == (40 - len(bad), 0, 0)


def test_the_reason_of_a_refusal_names_no_value(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load_rows("sections", section_row(1, name="canary-7731", total_students=HUGE))
    reason = Reject.objects.get().reason
    assert reason.startswith("the database refuses it: ")
    assert "canary" not in reason
    assert str(HUGE) not in reason


def test_an_index_entry_that_is_too_large_is_a_value_too(mirror: Mirror) -> None:
    mirror.load("course", course())
    wide = criterion("".join(chr(0x4E00 + n) for n in range(3000)))
    mirror.load("rubrics", rubric(data=[wide, criterion("_8013")]))
    limited = connection.vendor == "postgresql"
    assert mirror.counts("rubric_criteria").created == (1 if limited else 2)
    refused = {"rubric_criteria", "rubric_ratings"} if limited else set()
    assert {table for table, _ in rejected()} == refused


def test_rows_rejects_and_checkpoint_are_there_together(loaded: Mirror) -> None:
    address = "https://school.example.edu/api/v1/courses/101/sections?page=bookmark:xyz"
    loaded.load("sections", section(id=1), section(id=2, course_id=9), page=10, next_url=address)
    checkpoint = Checkpoint.objects.get(run=loaded.run)
    assert (checkpoint.source, checkpoint.parent) == ("sections", 0)
    assert (checkpoint.pages, checkpoint.records) == (10, 2)
    assert checkpoint.next_url == address
    assert (CanvasSection.objects.count(), Reject.objects.count()) == (2, 1)


def broken_batch() -> Batch:
    """It fails in its last statement: no checkpoint may have read a negative number of pages."""
    batch = batch_of("sections", section(id=1), section(id=2, course_id=9), page=-1)
    batch.rows.insert(0, Row(table="courses", key=101, values={"name": "New", "extra": {}}))
    return batch


def test_a_batch_that_fails_at_the_end_leaves_nothing_behind(mirror: Mirror) -> None:
    with pytest.raises(IntegrityError):
        mirror.write(broken_batch())
    kept = [model.objects.count() for model in (CanvasCourse, CanvasSection, Checkpoint, Reject)]
    assert kept == [0, 0, 0, 0]
    assert mirror.counts("sections").seen == mirror.counts("courses").seen == 0


def test_parents_of_a_batch_that_failed_are_not_remembered(mirror: Mirror) -> None:
    with pytest.raises(IntegrityError):
        mirror.write(broken_batch())
    mirror.load("sections", section(id=1))
    assert rejected() == [("sections", "1")]


def test_a_failed_batch_leaves_the_ones_before_it(loaded: Mirror) -> None:
    loaded.load("sections", section(id=1, name="before"), page=1, next_url="x")
    with pytest.raises(IntegrityError):
        loaded.write(broken_batch())
    assert CanvasCourse.objects.get().name == "Biology 101"
    assert CanvasSection.objects.get(canvas_id=1).name == "before"
    assert Checkpoint.objects.get(run=loaded.run).pages == 1


def test_the_checkpoint_of_a_listing_moves_on(loaded: Mirror) -> None:
    loaded.load("sections", section(), page=10, next_url="x")
    loaded.load("sections", section(), page=12)
    checkpoint = Checkpoint.objects.get(run=loaded.run)
    assert (checkpoint.pages, checkpoint.next_url) == (12, None)


def test_every_parent_has_a_checkpoint_of_its_own(loaded: Mirror) -> None:
    batch = batch_of("group_memberships", membership(), parent=411, page=2)
    batch.progress += batch_of("group_memberships", parent=412, page=1, next_url="x").progress
    batch.progress += batch_of("group_memberships", parent=411, page=1, next_url="y").progress
    loaded.write(batch)
    found = Checkpoint.objects.filter(run=loaded.run).order_by("parent")
    assert list(found.values_list("parent", "pages", "next_url")) == [(411, 2, None), (412, 1, "x")]


def test_a_rehearsed_batch_has_no_ledger(mirror: Mirror) -> None:
    mirror.target = Target(integration=mirror.integration.pk, run=None)
    mirror.load("course", course())
    mirror.load("sections", section(course_id=9))
    assert (Checkpoint.objects.count(), Reject.objects.count()) == (0, 0)
    assert mirror.target.census.counts({"sections": True})["sections"].rejected == 1


def test_two_canvases_with_the_same_ids_do_not_mix(loaded: Mirror, other: Mirror) -> None:
    other.load_course(course=[course(name="Bread baking")])
    assert other.fates("courses") == (1, 0, 0)
    assert other.fates("submission_comments") == (1, 0, 0)
    names = CanvasCourse.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["Biology 101", "Bread baking"]
    comment = CanvasSubmissionComment.objects.get(integration=other.integration)
    assert comment.submission.assignment.course.name == "Bread baking"


def test_a_record_of_another_course_moves_with_its_row(loaded: Mirror) -> None:
    loaded.load("course", course(id=102))
    loaded.load("sections", section(course_id=102))
    assert loaded.fates("sections") == (0, 1, 0)
    assert CanvasSection.objects.get().course.canvas_id == 102


def test_more_rows_than_one_statement_takes_are_stored(loaded: Mirror) -> None:
    records = [submission(id=n, user_id=None) for n in range(10_000, 12_500)]
    loaded.load("assignments", assignment())
    loaded.load("submissions", *records)
    assert loaded.fates("submissions") == (2500, 0, 0)
