"""Relations that wait for a parent are made as soon as the parent is there, and counted."""

from asgiref.sync import async_to_sync

from canvas.models import CanvasAssignment, CanvasQuiz, CanvasSubmission, CanvasUser
from canvas.models.upsert import Fate
from sync.models import Change
from sync.relink import relink
from sync.transform.rows import Row
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import BEN, COURSE, course, enrollment, new_quiz, quiz, user
from tests.unit.transform.work_payloads import (
    assignment,
    assignment_group,
    rubric,
    submission,
)


def mend(mirror: Mirror) -> list[tuple[str, str | None, list[str]]]:
    """Run it in a new run; resource, Canvas id and columns of what it changed."""
    mirror.new_run()
    async_to_sync(relink)(COURSE, mirror.target)
    changes = Change.objects.filter(run=mirror.run)
    return list(changes.values_list("resource", "canvas_id", "fields"))


def test_a_submission_finds_its_student_when_the_user_arrives(loaded: Mirror) -> None:
    loaded.load("submissions", submission(id=752, user_id=BEN))
    assert mend(loaded) == []
    loaded.load("enrollments", enrollment(id=302, user_id=BEN, user=user(id=BEN)))
    assert mend(loaded) == [("submissions", "752", ["student_id"])]
    assert CanvasSubmission.objects.get(canvas_id=752).student == CanvasUser.objects.get(
        canvas_id=BEN
    )


def test_an_assignment_finds_its_rubric_and_no_longer_keeps_the_number(mirror: Mirror) -> None:
    mirror.load("course", course())
    row = Row(table="assignments", key=701, values={"extra": {}})
    row.links = {"course": COURSE, "rubric": 901}
    mirror.load_rows("assignments", row)
    assert CanvasAssignment.objects.get().extra["rubric_id"] == 901
    mirror.load("rubrics", rubric())
    assert mend(mirror) == [("assignments", "701", ["rubric_id"])]
    stored = CanvasAssignment.objects.get()
    assert stored.rubric is not None
    assert "rubric_id" not in stored.extra


def test_quizzes_of_both_engines_find_their_assignments(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("quizzes", quiz(assignment_id=701))
    mirror.load("new_quizzes", new_quiz(id="701"))
    mirror.load("assignments", assignment())
    changed = [(resource, columns) for resource, _, columns in mend(mirror)]
    assert changed == [("quizzes", ["assignment_id"])] * 2
    assert not CanvasQuiz.objects.filter(assignment=None).exists()


def test_a_second_time_finds_nothing_and_a_sync_keeps_the_relation(loaded: Mirror) -> None:
    loaded.load("submissions", submission(id=752, user_id=BEN))
    loaded.load("enrollments", enrollment(id=302, user_id=BEN, user=user(id=BEN)))
    assert len(mend(loaded)) == 1
    assert mend(loaded) == []
    loaded.load("submissions", submission(id=752, user_id=BEN))
    assert loaded.fates("submissions") == (0, 0, 1)
    assert CanvasSubmission.objects.get(canvas_id=752).student is not None


def test_a_row_of_this_run_counts_as_updated_and_an_unseen_one_does_not(loaded: Mirror) -> None:
    for number in (752, 753):
        loaded.load("submissions", submission(id=number, user_id=BEN))
    loaded.load("enrollments", enrollment(id=302, user_id=BEN, user=user(id=BEN)))
    loaded.new_run()
    seen = CanvasSubmission.objects.get(canvas_id=752).pk
    loaded.target.census.of("submissions").add({seen: Fate.UNCHANGED})
    async_to_sync(relink)(COURSE, loaded.target)
    assert loaded.fates("submissions") == (0, 1, 0)


def test_another_canvas_gives_no_parents(loaded: Mirror, other: Mirror) -> None:
    loaded.load("submissions", submission(id=752, user_id=BEN))
    other.load("course", course())
    other.load("enrollments", enrollment(id=302, user_id=BEN, user=user(id=BEN)))
    assert mend(loaded) == []


def test_more_rows_than_one_transaction_takes_are_mended(loaded: Mirror) -> None:
    loaded.load("submissions", *(submission(id=n, user_id=BEN) for n in range(2000, 3100)))
    loaded.load("enrollments", enrollment(id=302, user_id=BEN, user=user(id=BEN)))
    assert len(mend(loaded)) == 1100
    assert not CanvasSubmission.objects.filter(user_id=BEN, student=None).exists()


def test_a_relation_canvas_took_back_is_not_made(loaded: Mirror) -> None:
    loaded.load("quizzes", quiz(assignment_id=999))
    assert CanvasQuiz.objects.get(engine="classic").extra["assignment_id"] == 999
    loaded.load("quizzes", quiz(assignment_id=None))
    assert "assignment_id" not in CanvasQuiz.objects.get(engine="classic").extra
    loaded.load("assignments", assignment(id=999))
    assert mend(loaded) == []
    loaded.load("quizzes", quiz(assignment_id=None))
    assert loaded.fates("quizzes") == (0, 0, 1)


def test_a_relation_made_here_is_taken_back_by_the_next_answer(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("quizzes", quiz(assignment_id=701))
    mirror.load("assignments", assignment())
    assert len(mend(mirror)) == 1
    mirror.load("quizzes", quiz(assignment_id=None))
    assert CanvasQuiz.objects.get().assignment is None
    assert mirror.fates("quizzes") == (0, 1, 0)


def test_a_row_that_waits_for_two_parents_finds_each_when_it_comes(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("quizzes", quiz(assignment_id=701, assignment_group_id=601))
    mirror.load("assignment_groups", assignment_group(id=601))
    assert mend(mirror) == [("quizzes", str(quiz()["id"]), ["assignment_group_id"])]
    mirror.load("assignments", assignment())
    assert mend(mirror) == [("quizzes", str(quiz()["id"]), ["assignment_id"])]


def test_both_parents_at_once_are_found_at_once(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("quizzes", quiz(assignment_id=701, assignment_group_id=601))
    mirror.load("assignment_groups", assignment_group(id=601))
    mirror.load("assignments", assignment())
    columns = [column for _, _, changed in mend(mirror) for column in changed]
    assert sorted(columns) == ["assignment_group_id", "assignment_id"]
    assert "assignment_id" not in CanvasQuiz.objects.get().extra
