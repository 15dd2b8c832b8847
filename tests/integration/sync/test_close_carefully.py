"""Closing when something is odd: another writer, hidden rows, a right that vanished."""

from typing import Any

from django.utils import timezone

from canvas.models import CanvasRubric, CanvasSubmission, CanvasSubmissionComment
from sync.confirm import Findings
from sync.inquiry import Answer
from sync.models import Watermark
from sync.proof import Proof
from tests.integration.sync.loading import Mirror
from tests.unit.transform.work_payloads import assignment, comment, rubric, submission


def numbered(ids: range, **fields: Any) -> list[dict[str, Any]]:
    return [submission(id=n, submission_comments=[], **fields) for n in ids]


def test_a_row_that_another_run_stored_since_is_not_taken_for_gone(loaded: Mirror) -> None:
    other = Mirror(loaded.integration)
    other.load("submissions", *numbered(range(1000, 1001)))
    loaded.close("assignments", "submissions")
    assert CanvasSubmission.objects.live().filter(canvas_id=1000).exists()


def test_rows_that_ended_before_do_not_make_a_drop_look_large(loaded: Mirror) -> None:
    loaded.load("submissions", *numbered(range(1000, 1050)))
    CanvasSubmission.objects.filter(canvas_id__gte=1000).update(deleted_at=timezone.now())
    loaded.new_run()
    loaded.load("assignments", assignment())
    assert loaded.close("assignments", "submissions") == []
    assert loaded.deleted("submissions") == 1


def test_hidden_rows_do_not_make_a_drop_look_small(loaded: Mirror) -> None:
    loaded.load("assignments", assignment(id=702, published=False, overrides=[]))
    loaded.load("submissions", *numbered(range(1000, 1100), assignment_id=702))
    loaded.load("submissions", *numbered(range(2000, 2040)))
    loaded.new_run()
    loaded.load("assignments", assignment(), assignment(id=702, published=False, overrides=[]))
    loaded.load("submissions", submission(), *numbered(range(2000, 2010)))
    held = loaded.close("assignments", "submissions")
    assert [(one.resource, one.missing, one.live) for one in held] == [("submissions", 30, 41)]


def test_an_accepted_drop_ends_no_row_that_may_be_somebody_elses(loaded: Mirror) -> None:
    loaded.load("submissions", *numbered(range(1000, 1050)))
    loaded.new_run()
    loaded.load("assignments", assignment())
    proofs = {name: Proof() for name in ("assignments", "submissions")}
    found = loaded.candidates(proofs, accept_deletes=True)
    pks = found.pks("submissions")
    findings = Findings(
        answers={"submissions": Answer(unsure=pks)}, not_asked={"submissions": {*pks}}
    )
    loaded.finish(found, findings, proofs)
    assert (len(pks), found.accepted) == (51, {"submissions"})
    assert CanvasSubmission.objects.live().count() == 51


def test_work_of_an_assignment_that_was_set_aside_makes_a_full_reading_due(loaded: Mirror) -> None:
    """Found by chance: work that was taken away meanwhile stayed until the daily full reading."""
    loaded.new_run()
    loaded.target.census.of("assignments").set_aside.append(str(assignment()["id"]))
    proofs = {name: Proof(began_at=timezone.now()) for name in ("assignments", "submissions")}
    found = loaded.candidates(proofs)
    loaded.finish(found, Findings(), proofs)
    assert CanvasSubmission.objects.live().count() == 1
    because = dict(Watermark.objects.values_list("source", "full_because"))
    assert because["submissions"] == "what its rows belong to was not listed"


def test_many_children_gone_at_once_are_held_until_a_person_accepts_it(loaded: Mirror) -> None:
    spoken = [comment(id=n) for n in range(1000, 1030)]
    loaded.load("submissions", submission(submission_comments=spoken))
    loaded.new_run()
    loaded.load("submissions", submission(submission_comments=[]))
    assert [held.resource for held in loaded.close("course")] == ["submission_comments"]
    assert CanvasSubmissionComment.objects.live().count() == 31
    loaded.close("course", accept_deletes=True)
    assert CanvasSubmissionComment.objects.live().count() == 0


def test_a_child_one_listing_lacks_and_a_later_one_has_stays(loaded: Mirror) -> None:
    loaded.load("rubrics", rubric(data=[]))
    loaded.load("assignments", assignment())
    loaded.close()
    assert loaded.fates("rubric_criteria") == (0, 0, 1)
    assert loaded.deleted("rubric_criteria") == loaded.deleted("rubric_ratings") == 0


def test_a_run_that_is_not_closed_ends_no_child(loaded: Mirror) -> None:
    loaded.load("submissions", submission(submission_comments=[]))
    assert CanvasSubmissionComment.objects.live().count() == 1


def test_what_an_assignment_says_of_its_use_does_not_rewrite_the_rubric(loaded: Mirror) -> None:
    settings = assignment()["rubric_settings"]
    for hidden in (None, True, False):
        listed = rubric(hide_score_total=None, free_form_criterion_comments=None)
        used = assignment(rubric_settings=settings | {"hide_points": hidden})
        loaded.load("rubrics", listed)
        loaded.load("assignments", used)
    before = CanvasRubric.objects.get().changed_at
    loaded.load("assignments", assignment(rubric_settings=settings | {"hide_score_total": True}))
    assert CanvasRubric.objects.get().changed_at == before


def test_files_of_an_earlier_attempt_do_not_stay(loaded: Mirror) -> None:
    later = {name: value for name, value in submission().items() if name != "attachments"}
    loaded.load("submissions", later)
    assert CanvasSubmission.objects.get().attachments is None
