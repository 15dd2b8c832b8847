"""Which event makes what dirty."""

import pytest

from canvas.events.ids import canonical, is_foreign, shard_of
from sync.about import said_by
from sync.marks_of import EVENTS, About, marks_of
from sync.plan import PLAN
from sync.targets import Dirty, of_person, of_work, wanted_of

ROOT = "21070000000000001"
KNOWN = About(course=101, assignment=7, student=21, user=21)


def test_a_global_id_of_the_own_shard_becomes_local() -> None:
    assert canonical("21070000000000565", shard=shard_of(ROOT)) == 565


def test_a_local_id_stays_as_it_is() -> None:
    assert canonical("565", shard=shard_of(ROOT)) == 565
    assert canonical(565, shard=None) == 565


def test_an_id_of_another_shard_stays_global() -> None:
    user = canonical("115370000000000073", shard=shard_of(ROOT))
    assert user == 115370000000000073
    assert is_foreign(user)


@pytest.mark.parametrize("raw", [None, "", "x", "-5", "0", "1.5", True, 1.5, "9" * 30, [], {}])
def test_what_is_no_id_names_nothing(raw: object) -> None:
    assert canonical(raw, shard=2107) is None


def test_the_account_of_a_canvas_of_one_shard_names_none() -> None:
    assert shard_of("1") is None


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_of_the_table_marks_something_that_can_be_read(name: str) -> None:
    marks = marks_of(name, KNOWN)
    assert marks
    wanted = wanted_of(marks)
    assert wanted.sources or wanted.people or wanted.of_submissions


def test_an_event_that_is_not_in_the_table_marks_nothing() -> None:
    assert marks_of("wiki_page_updated", KNOWN) is None


def test_a_grade_marks_one_submission() -> None:
    assert marks_of("grade_change", KNOWN) == (Dirty("submissions", "7/21"),)


def test_an_enrollment_marks_the_person_and_their_work() -> None:
    assert marks_of("enrollment_created", KNOWN) == (of_person(21), of_work(student=21))


def test_work_of_an_assignment_that_is_not_here_yet_marks_the_assignments_first() -> None:
    unknown = About(course=101, assignment=7, student=21, known=False)
    assert marks_of("submission_created", unknown) == (
        Dirty("assignments"),
        Dirty("submissions", "7/21"),
    )


def test_an_import_marks_every_source() -> None:
    marks = marks_of("content_migration_completed", KNOWN)
    assert marks == tuple(Dirty(source.name) for source in PLAN)


def test_an_enrollment_that_names_nobody_marks_nothing() -> None:
    assert marks_of("enrollment_updated", About(course=101)) == ()


def test_the_author_of_a_comment_is_not_taken_for_the_student() -> None:
    event = {"metadata": {"root_account_id": ROOT}, "body": {"submission_id": "5", "user_id": "9"}}
    said = said_by("submission_comment_created", event)
    assert (said.submission, said.student) == (5, None)


@pytest.mark.parametrize(
    "document", [{}, {"body": []}, {"metadata": None, "body": {"user_id": {}}}]
)
def test_a_document_of_any_shape_is_read(document: dict[str, object]) -> None:
    assert said_by("grade_change", document).assignment is None
