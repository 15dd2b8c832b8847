"""Children embedded in their parent: those a whole list no longer has are tombstoned."""

import datetime as dt

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from canvas.models import (
    CanvasAssignmentOverride,
    CanvasRubricAssessment,
    CanvasRubricCriterion,
    CanvasRubricRating,
    CanvasSubmission,
    CanvasSubmissionComment,
)
from sync.models import Reject
from sync.sweep import tombstone
from tests.integration.sync.loading import Mirror, batch_of
from tests.unit.transform.work_payloads import (
    assignment,
    comment,
    criterion,
    override,
    rating,
    rubric,
    submission,
)

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def without(payload: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in payload.items() if key != name}


def test_a_comment_that_is_no_longer_listed_ends(loaded: Mirror) -> None:
    CanvasSubmissionComment.objects.update(changed_at=LONG_AGO)
    loaded.load_and_close("submissions", submission(submission_comments=[comment(id=772)]))
    ended = CanvasSubmissionComment.objects.get(canvas_id=771)
    assert ended.deleted_at is not None
    assert ended.changed_at == ended.deleted_at
    assert (loaded.deleted("submission_comments"), loaded.fates("submission_comments")) == (
        1,
        (1, 0, 0),
    )


@pytest.mark.parametrize("absent", [True, False])
def test_a_list_that_is_absent_or_null_ends_nothing(loaded: Mirror, absent: bool) -> None:
    parts = ["submission_comments", "rubric_assessment"]
    payload = submission(**dict.fromkeys(parts))
    for part in parts if absent else []:
        payload = without(payload, part)
    loaded.load_and_close("submissions", payload)
    assert loaded.counts("submissions").seen == 1
    assert CanvasSubmissionComment.objects.live().count() == 1
    assert CanvasRubricAssessment.objects.live().count() == 1


def test_a_child_that_comes_back_is_revived_with_its_key(loaded: Mirror) -> None:
    before = CanvasSubmissionComment.objects.get().pk
    loaded.load_and_close("submissions", submission(submission_comments=[]))
    loaded.new_run()
    loaded.load_and_close("submissions", submission())
    found = CanvasSubmissionComment.objects.get()
    assert (found.pk, found.deleted_at) == (before, None)
    assert loaded.fates("submission_comments") == (0, 1, 0)


def test_a_child_that_ended_before_does_not_end_again(loaded: Mirror) -> None:
    loaded.load_and_close("submissions", submission(submission_comments=[]))
    CanvasSubmissionComment.objects.update(deleted_at=LONG_AGO, changed_at=LONG_AGO)
    loaded.new_run()
    loaded.load_and_close("submissions", submission(submission_comments=[]))
    assert loaded.deleted("submission_comments") == 0
    assert CanvasSubmissionComment.objects.get().changed_at == LONG_AGO


def test_a_comment_made_here_is_never_ended(loaded: Mirror) -> None:
    work = CanvasSubmission.objects.get()
    CanvasSubmissionComment.objects.create(submission=work, comment="ours")
    loaded.load_and_close("submissions", submission(submission_comments=[]))
    assert [c.comment for c in CanvasSubmissionComment.objects.live()] == ["ours"]


def test_only_parents_in_the_batch_are_looked_at(loaded: Mirror) -> None:
    second = submission(id=752, submission_comments=[comment(id=772)], rubric_assessment={})
    loaded.load_and_close("submissions", second)
    loaded.load_and_close("submissions", submission(submission_comments=[]))
    alive = CanvasSubmissionComment.objects.live().values_list("canvas_id", flat=True)
    assert list(alive) == [772]


def test_an_override_that_is_no_longer_listed_ends(loaded: Mirror) -> None:
    loaded.load_and_close("assignments", assignment(overrides=[override(id=732)]))
    alive = CanvasAssignmentOverride.objects.live().values_list("canvas_id", flat=True)
    assert (list(alive), loaded.deleted("assignment_overrides")) == ([732], 1)


def test_an_assessment_taken_back_ends(loaded: Mirror) -> None:
    loaded.load_and_close("submissions", submission(rubric_assessment={}))
    assert loaded.deleted("rubric_assessments") == 1
    assert not CanvasRubricAssessment.objects.live().exists()


@pytest.mark.parametrize("absent", [True, False])
def test_an_assessment_that_does_not_come_with_the_comments_ends(
    loaded: Mirror, absent: bool
) -> None:
    """Canvas sends the key only where there is one."""
    taken_back = submission(rubric_assessment=None)
    if absent:
        taken_back = without(taken_back, "rubric_assessment")
    loaded.load_and_close("submissions", taken_back)
    assert loaded.deleted("rubric_assessments") == 1
    assert not CanvasRubricAssessment.objects.live().exists()
    assert CanvasSubmissionComment.objects.live().count() == 1


def test_criteria_and_ratings_that_are_no_longer_listed_end(loaded: Mirror) -> None:
    data = [criterion(ratings=[rating("blank_3")]), criterion("_9")]
    loaded.load_and_close("rubrics", rubric(data=data))
    loaded.new_run()
    loaded.load_and_close("rubrics", rubric(data=[criterion("_9")]))
    alive = CanvasRubricCriterion.objects.live().values_list("canvas_id", flat=True)
    assert list(alive) == ["_9"]
    assert not CanvasRubricRating.objects.live().filter(criterion__canvas_id="_8013").exists()


def test_a_rubric_shared_by_two_assignments_keeps_its_criteria(loaded: Mirror) -> None:
    loaded.load_and_close("assignments", assignment(), assignment(id=702, overrides=[]))
    loaded.load_and_close("assignments", assignment(id=703, overrides=[]))
    assert loaded.deleted("rubric_criteria") == loaded.deleted("rubric_ratings") == 0


def test_a_child_the_database_refuses_is_not_taken_for_gone(loaded: Mirror) -> None:
    batch = batch_of("submissions", submission())
    child = next(row for row in batch.rows if row.table == "submission_comments")
    child.values["attempt"] = 2**63
    loaded.load_rows("submissions", *batch.rows)
    assert Reject.objects.get().table == "submission_comments"
    assert loaded.deleted("submission_comments") == 0
    assert CanvasSubmissionComment.objects.live().count() == 1


def test_a_refused_child_does_not_spare_the_children_of_others(loaded: Mirror) -> None:
    loaded.load_and_close("submissions", submission(id=752, submission_comments=[comment(id=772)]))
    refused = submission(id=752, submission_comments=[comment(id=773)])
    batch = batch_of("submissions", submission(submission_comments=[]), refused)
    child = next(row for row in batch.rows if row.key == 773)
    child.values["attempt"] = 2**63
    loaded.new_run()
    loaded.load_rows("submissions", *batch.rows)
    loaded.close("course")
    alive = CanvasSubmissionComment.objects.live().values_list("canvas_id", flat=True)
    assert list(alive) == [772]


def test_children_of_more_parents_than_one_statement_takes_end(loaded: Mirror) -> None:
    ids = range(1000, 2000)
    spoken = [
        submission(id=n, submission_comments=[comment(id=n)], rubric_assessment={}) for n in ids
    ]
    silent = [submission(id=n, submission_comments=[], rubric_assessment={}) for n in ids]
    loaded.load("submissions", *spoken)
    loaded.new_run()
    loaded.load("submissions", *silent)
    assert [held.resource for held in loaded.close("course")] == ["submission_comments"]
    loaded.close("course", accept_deletes=True)
    assert loaded.deleted("submission_comments") == 1000


async def test_a_tombstone_is_set_once(loaded: Mirror) -> None:
    row = await CanvasSubmission.objects.aget()
    assert await ended([row.pk]) == {row.pk: str(row.canvas_id)}
    ended_at = (await CanvasSubmission.objects.aget()).deleted_at
    assert await ended([row.pk]) == {}
    assert (await CanvasSubmission.objects.aget()).deleted_at == ended_at
    assert ended_at is not None
    assert ended_at <= timezone.now()


async def ended(pks: list[int]) -> dict[int, str | None]:
    async with transaction.atomic():
        return await sync_to_async(tombstone)(CanvasSubmission, pks)
