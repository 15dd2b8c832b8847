"""The change feed: every row a run wrote, with what changed, and nothing of what did not."""

from typing import Any

import pytest
from django.db import IntegrityError

from canvas.models import CanvasSection, CanvasSubmission
from sync.batch import Batch
from sync.changes import changed_rows
from sync.models import Change
from sync.tables import TABLES
from tests.integration.sync.loading import Mirror, batch_of
from tests.unit.transform.payloads import section
from tests.unit.transform.work_payloads import comment, submission


def feed(mirror: Mirror, resource: str) -> list[tuple[str | None, str, list[str]]]:
    """Canvas id, kind and fields of the run's changes of one resource."""
    changes = Change.objects.filter(run=mirror.run, resource=resource).order_by("pk")
    return list(changes.values_list("canvas_id", "kind", "fields"))


def test_a_first_load_is_all_creations(mirror: Mirror) -> None:
    mirror.load_at_once()
    assert set(Change.objects.values_list("kind", flat=True)) == {"created"}
    resources = {table.reported_as for table in TABLES}
    assert set(Change.objects.values_list("resource", flat=True)) == resources
    rows = sum(model._default_manager.count() for model in {table.model for table in TABLES})
    assert Change.objects.count() == rows


def test_a_change_names_the_row_the_run_and_the_columns(loaded: Mirror) -> None:
    loaded.load("submissions", submission(score=3.5, grade="3.5"))
    row = CanvasSubmission.objects.get()
    change = Change.objects.get(run=loaded.run, resource="submissions")
    assert (change.row_id, change.canvas_id) == (row.pk, str(row.canvas_id))
    assert (change.kind, change.fields) == ("updated", ["grade", "score"])
    assert abs(change.changed_at - row.changed_at).total_seconds() < 60


def test_a_run_without_a_change_leaves_no_entry(loaded: Mirror) -> None:
    loaded.load_course()
    loaded.close()
    assert not Change.objects.filter(run=loaded.run).exists()


def test_what_differs_on_every_reading_is_no_change(loaded: Mirror) -> None:
    loaded.load("submissions", submission(seconds_late=77, late=True, missing=True))
    assert feed(loaded, "submissions") == []


def test_a_row_that_ends_and_comes_back_is_deleted_and_revived(loaded: Mirror) -> None:
    loaded.load("submissions", submission(submission_comments=[]))
    loaded.close("course")
    loaded.load("submissions", submission(submission_comments=[comment()]))
    assert feed(loaded, "submission_comments") == [("771", "deleted", []), ("771", "revived", [])]


def test_deletions_that_are_held_are_no_changes(loaded: Mirror) -> None:
    loaded.load("sections", *(section(id=number) for number in range(1000, 1050)))
    loaded.new_run()
    assert loaded.close("sections") != []
    assert feed(loaded, "sections") == []


def test_the_changes_of_a_batch_that_failed_are_gone_with_it(loaded: Mirror) -> None:
    batch: Batch = batch_of("sections", section(id=1), page=-1)
    with pytest.raises(IntegrityError):
        loaded.write(batch)
    assert not Change.objects.filter(run=loaded.run).exists()


async def seen(mirror: Mirror) -> list[Any]:
    return [row async for row in changed_rows(mirror.run)]


async def test_changed_rows_come_once_with_all_that_changed(loaded: Mirror) -> None:
    for changes in ({"score": 3.5}, {"score": 3.5, "grade": "B"}):
        await loaded.awrite(batch_of("submissions", submission(**changes)))
    [row] = await seen(loaded)
    assert isinstance(row, CanvasSubmission)
    assert (row.grade, row.change_kind) == ("B", "updated")
    assert row.changed_fields == ["grade", "score"]


async def test_parents_come_before_their_children(mirror: Mirror) -> None:
    await mirror.aload_at_once()
    order = [table.model for table in TABLES]
    places = [order.index(type(row)) for row in await seen(mirror)]
    assert places == sorted(places)
    assert len(set(places)) == len(set(order))


async def test_more_rows_than_are_held_at_once_all_come(mirror: Mirror) -> None:
    await mirror.aload_at_once()
    await mirror.anew_run()
    ids = range(1000, 2101)
    await mirror.awrite(batch_of("sections", *(section(id=number) for number in ids)))
    assert sorted(row.canvas_id for row in await seen(mirror)) == list(ids)


async def test_a_row_that_was_removed_meanwhile_is_left_out(loaded: Mirror) -> None:
    await loaded.awrite(batch_of("sections", section(id=1), section(id=2)))
    await CanvasSection.objects.filter(canvas_id=1).adelete()
    assert [row.canvas_id for row in await seen(loaded)] == [2]


async def test_a_row_created_and_ended_in_one_run_is_deleted(loaded: Mirror) -> None:
    await loaded.awrite(batch_of("sections", section(), section(id=1)))
    await Change.objects.acreate(
        run=loaded.run,
        resource="sections",
        row_id=(await CanvasSection.objects.aget(canvas_id=1)).pk,
        kind=Change.Kind.DELETED,
    )
    assert [(row.canvas_id, row.change_kind) for row in await seen(loaded)] == [(1, "deleted")]
