"""Records that are just as the mirror has them are counted, and every way they must be read."""

import datetime as dt

import pytest
from django.utils import timezone

from canvas.models import (
    CanvasRubricAssessment,
    CanvasRubricCriterion,
    CanvasSubmission,
    CanvasSubmissionComment,
)
from canvas.models.upsert import upsert
from sync.digest import digest
from sync.models import Change
from sync.transform.rows import Payload
from tests.integration.sync.loading import Mirror
from tests.integration.sync.visiting import visit, work
from tests.unit.transform.work_payloads import assignment, comment, criterion, submission

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def stored(number: int = 752) -> CanvasSubmission:
    return CanvasSubmission.objects.get(canvas_id=number)


def test_an_unchanged_record_is_counted_with_its_comments_and_not_decoded(loaded: Mirror) -> None:
    record = work(submission_comments=[comment(id=5), comment(id=6)])
    assert visit(loaded, record).decoded == [752]
    before = digest()
    again = visit(loaded, record)
    assert (again.decoded, again.batch.rows) == ([], [])
    assert loaded.fates("submissions") == (0, 0, 1)
    assert loaded.fates("submission_comments") == (0, 0, 2)
    assert digest() == before
    assert not Change.objects.filter(run=loaded.run).exists()


def test_counts_are_those_of_a_reading_that_decodes_everything(loaded: Mirror) -> None:
    records = [work(number, submission_comments=[comment(id=number)]) for number in (1, 2, 3)]
    visit(loaded, *records)
    records[1]["score"] = 1.0
    assert visit(loaded, *records).decoded == [2]
    assert loaded.fates("submissions") == (0, 1, 2)
    counted = [loaded.counts(name) for name in ("submissions", "submission_comments")]
    CanvasSubmission.objects.update(payload_hash="")
    assert visit(loaded, *records).decoded == [1, 2, 3]
    assert [loaded.counts(name).seen for name in ("submissions", "submission_comments")] == [
        one.seen for one in counted
    ]


@pytest.mark.parametrize("change", [{"score": 1.0}, {"unheard_of": 1}, {"grade": None}])
def test_a_changed_record_is_read(loaded: Mirror, change: dict[str, object]) -> None:
    visit(loaded, work())
    assert visit(loaded, work(**change)).decoded == [752]
    assert loaded.fates("submissions") == (0, 1, 0)
    assert visit(loaded, work(**change)).decoded == []


def test_late_and_missing_are_refreshed_without_calling_the_row_changed(loaded: Mirror) -> None:
    visit(loaded, work())
    changed_at = stored().changed_at
    assert visit(loaded, work(missing=True, seconds_late=60)).decoded == [752]
    assert (stored().missing, stored().changed_at) == (True, changed_at)
    assert visit(loaded, work(missing=True, seconds_late=120)).decoded == []
    assert visit(loaded, work(missing=True, late=True)).decoded == [752]
    assert stored().late is True


def test_a_flag_that_was_set_here_is_put_right(loaded: Mirror) -> None:
    visit(loaded, work())
    CanvasSubmission.objects.update(missing=True)
    assert visit(loaded, work()).decoded == [752]
    assert stored().missing is False


def test_a_row_that_ended_comes_back(loaded: Mirror) -> None:
    visit(loaded, work())
    CanvasSubmission.objects.update(deleted_at=timezone.now())
    assert visit(loaded, work()).decoded == [752]
    assert stored().deleted_at is None


def test_a_comment_that_ended_or_went_comes_back(loaded: Mirror) -> None:
    record = work(submission_comments=[comment(id=5), comment(id=6)])
    visit(loaded, record)
    CanvasSubmissionComment.objects.filter(canvas_id=5).update(deleted_at=timezone.now())
    CanvasSubmissionComment.objects.filter(canvas_id=6).delete()
    assert visit(loaded, record).decoded == [752]
    assert CanvasSubmissionComment.objects.live().filter(canvas_id__in=(5, 6)).count() == 2


def test_a_comment_that_should_have_ended_is_found_missing_until_it_has(loaded: Mirror) -> None:
    visit(loaded, work(submission_comments=[comment(id=5), comment(id=6)]))
    left = work(submission_comments=[comment(id=5)])
    for _ in range(2):  # the run died before it closed the table
        assert visit(loaded, left).decoded == [752]
        assert len(loaded.target.census.of("submission_comments").missing) == 1
    CanvasSubmissionComment.objects.filter(canvas_id=6).update(deleted_at=timezone.now())
    assert visit(loaded, left).decoded == []


def test_a_record_of_which_a_comment_was_refused_is_read_again(loaded: Mirror) -> None:
    record = work(submission_comments=[comment(id=5), comment(id=6)])
    visit(loaded, record, refused=6)
    assert loaded.counts("submission_comments").rejected == 1
    assert visit(loaded, record).decoded == [752]
    assert visit(loaded, record).decoded == []


def test_a_record_of_which_a_new_version_of_a_comment_was_refused_is_read_again(
    loaded: Mirror,
) -> None:
    """The comment is there under its key, as it was before."""
    visit(loaded, work(submission_comments=[comment(id=5, comment="old")]))
    record = work(submission_comments=[comment(id=5, comment="new")])
    visit(loaded, record, refused=5)
    assert CanvasSubmissionComment.objects.get(canvas_id=5).comment == "old"
    assert visit(loaded, record).decoded == [752]
    assert CanvasSubmissionComment.objects.get(canvas_id=5).comment == "new"
    assert visit(loaded, record).decoded == []


def test_rows_between_those_that_were_asked_for_are_left_alone(loaded: Mirror) -> None:
    """What lies close together is asked for from the first to the last."""
    records = [work(number, submission_comments=[comment(id=number)]) for number in range(1, 6)]
    visit(loaded, *records)
    assert visit(loaded, *records[::2]).decoded == []
    assert loaded.fates("submissions") == (0, 0, 3)
    assert loaded.fates("submission_comments") == (0, 0, 3)


def test_rows_far_apart_are_asked_for_by_name(loaded: Mirror) -> None:
    records = [work(number, submission_comments=[comment(id=number)]) for number in (1, 10_000)]
    visit(loaded, work(5_000), *records)
    assert visit(loaded, *records).decoded == []
    assert loaded.fates("submissions") == (0, 0, 2)


def test_an_id_no_database_can_hold_spoils_no_other_record(loaded: Mirror) -> None:
    for decoded in ([5], []):
        assert visit(loaded, work(99999999999999999999), work(5)).decoded == decoded
        assert loaded.counts("submissions").rejected == 1


def test_a_record_with_an_assessment_is_counted_with_it(loaded: Mirror) -> None:
    assert visit(loaded, submission()).decoded == [751]
    assert visit(loaded, submission()).decoded == []
    assert loaded.fates("rubric_assessments") == (0, 0, 1)
    assert loaded.fates("submission_comments") == (0, 0, 1)


def test_an_assessment_that_ended_comes_back(loaded: Mirror) -> None:
    visit(loaded, submission())
    CanvasRubricAssessment.objects.update(deleted_at=timezone.now())
    assert visit(loaded, submission()).decoded == [751]
    assert CanvasRubricAssessment.objects.live().count() == 1
    assert visit(loaded, submission()).decoded == []


def test_work_is_read_again_when_its_assignment_gets_another_rubric(loaded: Mirror) -> None:
    """Its criterion is found through the assignment, and has the same id in both rubrics."""
    visit(loaded, submission())
    settings = {"id": 902, "title": "Other", "points_possible": 5.0}
    loaded.load("assignments", assignment(rubric=[criterion()], rubric_settings=settings))
    assert visit(loaded, submission()).decoded == [751]
    given = CanvasRubricAssessment.objects.get()
    assert given.criterion is not None
    assert given.criterion.rubric.canvas_id == 902
    assert visit(loaded, submission()).decoded == []


def test_work_is_read_again_once_the_rubric_has_its_criterion(loaded: Mirror) -> None:
    assessed = submission(id=760, rubric_assessment={"_late": {"points": 1}})
    assert [visit(loaded, assessed).decoded for _ in range(2)] == [[760], []]
    loaded.load("assignments", assignment(rubric=[criterion(), criterion("_late")]))
    assert visit(loaded, assessed).decoded == [760]
    assert CanvasRubricAssessment.objects.get(canvas_id="_late").criterion is not None
    assert visit(loaded, assessed).decoded == []


def test_work_whose_assessment_has_another_criterion_of_its_rubric_is_read(loaded: Mirror) -> None:
    loaded.load("assignments", assignment(rubric=[criterion(), criterion("_other")]))
    visit(loaded, submission())
    other = CanvasRubricCriterion.objects.get(canvas_id="_other")
    CanvasRubricAssessment.objects.update(criterion=other)
    assert visit(loaded, submission()).decoded == [751]


def test_work_whose_assessment_lost_its_criterion_is_read(loaded: Mirror) -> None:
    visit(loaded, submission())
    CanvasRubricAssessment.objects.update(criterion=None)
    assert visit(loaded, submission()).decoded == [751]


def test_a_criterion_of_a_comments_number_is_another_row(loaded: Mirror) -> None:
    loaded.load("assignments", assignment(rubric=[criterion("5")]))
    commented = submission(id=760, submission_comments=[comment(id=5)], rubric_assessment={})
    assessed = submission(id=760, submission_comments=[], rubric_assessment={"5": {}})
    visit(loaded, commented)
    hash_of_both = stored(760).payload_hash
    CanvasSubmissionComment.objects.filter(canvas_id=5).delete()
    visit(loaded, assessed)
    CanvasSubmission.objects.filter(canvas_id=760).update(payload_hash=hash_of_both)
    assert visit(loaded, commented).decoded == [760]


def test_a_file_whose_address_is_signed_anew_does_not_make_a_record_another(
    loaded: Mirror,
) -> None:
    def with_file(secret: str) -> Payload:
        url = f"https://c.edu/files/1?verifier={secret}"
        return work(attachments=[{"id": 1, "url": url, "thumbnail_url": None}])

    assert visit(loaded, with_file("aa")).decoded == [752]
    assert visit(loaded, with_file("bb")).decoded == []


def test_a_row_that_somebody_upserted_is_read_and_put_right(loaded: Mirror) -> None:
    visit(loaded, work())
    row = {"integration_id": loaded.integration.pk, "canvas_id": 752, "score": 99.0}
    upsert(CanvasSubmission, [row | {"assignment_id": stored().assignment_id}])
    assert stored().payload_hash == ""
    assert visit(loaded, work()).decoded == [752]
    assert stored().score == 4.5


def test_another_version_of_the_program_reads_everything_and_then_nothing(loaded: Mirror) -> None:
    visit(loaded, work())
    CanvasSubmission.objects.update(payload_hash=stored().payload_hash[:-4] + "zzzz")
    assert visit(loaded, work()).decoded == [752]
    assert loaded.fates("submissions") == (0, 0, 1)
    assert visit(loaded, work()).decoded == []


def test_an_older_answer_leaves_the_mark_of_the_newer_one(loaded: Mirror) -> None:
    visit(loaded, work(score=2.0), asked_at=NOON)
    assert visit(loaded, work(score=1.0), asked_at=NOON - 60 * SECOND).decoded == [752]
    assert stored().score == 2.0
    assert visit(loaded, work(score=2.0), asked_at=NOON + SECOND).decoded == []


def test_a_run_knows_when_it_asked_for_what_it_recognized(loaded: Mirror) -> None:
    visit(loaded, work(), asked_at=NOON)
    visit(loaded, work(), asked_at=NOON + 60 * SECOND)
    assert loaded.target.read_since == NOON + 60 * SECOND


def test_the_row_of_another_canvas_is_not_taken_for_this_one(loaded: Mirror, other: Mirror) -> None:
    other.load_at_once()
    visit(loaded, work(score=1.0))
    visit(other, work(score=1.0))
    CanvasSubmission.objects.filter(integration=loaded.integration).update(payload_hash="")
    assert visit(other, work(score=1.0)).decoded == []
    assert visit(loaded, work(score=1.0)).decoded == [752]
