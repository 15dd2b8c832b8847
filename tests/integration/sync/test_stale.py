"""An answer that Canvas was asked for earlier never undoes what a later one said."""

import datetime as dt

from canvas.models import CanvasRubricAssessment, CanvasSection, CanvasSubmissionComment
from sync.target import Target
from tests.integration.sync.loading import Mirror, alive, batch_of
from tests.unit.transform.payloads import section
from tests.unit.transform.work_payloads import comment, submission

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def load(mirror: Mirror, *names: str, asked_at: dt.datetime) -> None:
    """Sections 1, 2, … as Canvas told them at that instant."""
    records = [section(id=number, name=name) for number, name in enumerate(names, start=1)]
    mirror.write(batch_of("sections", *records, asked_at=asked_at))


def name() -> str | None:
    return CanvasSection.objects.get(canvas_id=1).name


def test_the_answer_asked_for_later_stays(loaded: Mirror) -> None:
    load(loaded, "newer", asked_at=NOON)
    loaded.new_run()
    load(loaded, "older", asked_at=NOON - 5 * SECOND)
    assert name() == "newer"
    assert loaded.fates("sections") == (0, 0, 1)
    load(loaded, "newest", asked_at=NOON + 5 * SECOND)
    assert name() == "newest"


def test_canvas_tells_the_time_by_the_second_so_within_one_the_later_call_wins(
    loaded: Mirror,
) -> None:
    load(loaded, "first", asked_at=NOON)
    load(loaded, "second", asked_at=NOON - SECOND)
    assert name() == "second"


def test_what_ended_is_not_revived_by_an_older_answer(loaded: Mirror) -> None:
    load(loaded, "A", asked_at=NOON - 60 * SECOND)
    load(loaded, "A", asked_at=NOON - 60 * SECOND)
    loaded.target = Target(integration=loaded.integration.pk, run=loaded.run.pk)
    loaded.write(batch_of("sections", asked_at=NOON))
    loaded.target.read_since = NOON
    loaded.close("sections")
    load(loaded, "A", asked_at=NOON - 30 * SECOND)
    assert 1 not in alive(CanvasSection)
    load(loaded, "A", asked_at=NOON + 30 * SECOND)
    assert 1 in alive(CanvasSection)


def test_a_run_knows_when_it_asked_for_its_oldest_page(loaded: Mirror) -> None:
    assert loaded.target.read_since is None
    load(loaded, "A", asked_at=NOON)
    load(loaded, "A", asked_at=NOON - SECOND)
    load(loaded, "A", asked_at=NOON + SECOND)
    loaded.load("sections", section(id=1, name="A"))
    assert loaded.target.read_since == NOON - SECOND


def test_answers_without_a_time_are_taken_as_they_come(loaded: Mirror) -> None:
    load(loaded, "dated", asked_at=NOON)
    loaded.load("sections", section(id=1, name="undated"))
    assert name() == "undated"


def grade(mirror: Mirror, points: float, *comments: int, asked_at: dt.datetime) -> None:
    """Submission 751 as Canvas told it then: itself the same, what is inside it not."""
    record = submission(
        submission_comments=[comment(id=number) for number in comments],
        rubric_assessment={"_8013": {"points": points}},
    )
    mirror.new_run()
    mirror.write(batch_of("submissions", record, asked_at=asked_at))
    mirror.close("course")


def test_what_stands_inside_an_older_answer_undoes_nothing(loaded: Mirror) -> None:
    grade(loaded, 9.0, 771, 772, asked_at=NOON)
    grade(loaded, 3.0, 771, asked_at=NOON - 60 * SECOND)
    assert CanvasRubricAssessment.objects.get().points == 9.0
    assert alive(CanvasSubmissionComment) == [771, 772]
    grade(loaded, 4.0, 771, asked_at=NOON + 60 * SECOND)
    assert CanvasRubricAssessment.objects.get().points == 4.0
    assert alive(CanvasSubmissionComment) == [771]
