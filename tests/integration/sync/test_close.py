"""After the listings: what a complete reading no longer has ends, and nothing else does."""

import datetime as dt

import pytest

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasQuiz,
    CanvasRubric,
    CanvasSection,
    CanvasSubmission,
    CanvasSubmissionComment,
    CanvasUser,
)
from sync.tables import BY_NAME, TABLES
from tests.integration.sync.loading import Mirror, alive
from tests.unit.transform.payloads import course, section
from tests.unit.transform.work_payloads import assignment, rubric, submission

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
CLOSED = [table.name for table in TABLES if table.proved_by]
ENDING = sorted({table.name for table in TABLES} - {"terms", "courses", "users"})


def test_an_empty_course_ends_every_row_but_the_course_its_term_and_its_people(
    loaded: Mirror,
) -> None:
    loaded.close()
    ended = [
        table.name
        for table in TABLES
        if not table.model._default_manager.filter(table.only, deleted_at=None).exists()
    ]
    assert sorted(ended) == ENDING
    assert {name: loaded.deleted(name) for name in ENDING} == dict.fromkeys(ENDING, 1) | {
        "rubric_ratings": 2
    }


def test_what_was_seen_stays(loaded: Mirror) -> None:
    loaded.load_course()
    assert loaded.close() == []
    assert sum(loaded.deleted(table.name) for table in TABLES) == 0
    assert not any(table.model._default_manager.exclude(deleted_at=None) for table in TABLES)


def test_only_what_was_not_seen_ends(loaded: Mirror) -> None:
    loaded.load("sections", section(id=202), section(id=203))
    loaded.new_run()
    loaded.load("sections", section(id=202))
    loaded.close("sections")
    assert alive(CanvasSection) == [202]
    assert loaded.deleted("sections") == 2


@pytest.mark.parametrize("name", CLOSED)
def test_a_table_is_closed_only_when_all_who_list_it_are_proven(loaded: Mirror, name: str) -> None:
    table = BY_NAME[name]
    for missing in table.proved_by:
        loaded.close("course", *(set(table.proved_by) - {missing}))
        assert table.model._default_manager.filter(table.only, deleted_at=None).exists()


def test_without_any_proof_nothing_ends(loaded: Mirror) -> None:
    loaded.close("course")
    assert not any(table.model._default_manager.exclude(deleted_at=None) for table in TABLES)


@pytest.mark.parametrize(
    ("stored", "missing", "held"),
    [
        (20, 20, False),
        (21, 21, True),
        (69, 21, True),
        (70, 21, False),
        (100, 30, False),
        (100, 31, True),
    ],
)
def test_a_drop_is_held_when_it_is_both_large_and_a_large_share(
    mirror: Mirror, stored: int, missing: int, held: bool
) -> None:
    mirror.load("course", course())
    mirror.load("sections", *(section(id=number) for number in range(stored)))
    mirror.new_run()
    mirror.load("sections", *(section(id=number) for number in range(missing, stored)))
    found = [(one.resource, one.missing, one.live) for one in mirror.close("sections")]
    assert found == ([("sections", missing, stored)] if held else [])
    assert len(alive(CanvasSection)) == stored - (0 if held else missing)
    assert mirror.deleted("sections") == (0 if held else missing)


def many_sections_gone(mirror: Mirror) -> None:
    mirror.load("sections", *(section(id=number) for number in range(1000, 1050)))
    mirror.new_run()


def test_a_held_drop_ends_when_a_person_accepts_it(loaded: Mirror) -> None:
    many_sections_gone(loaded)
    assert loaded.close("sections", accept_deletes=True) == []
    assert (alive(CanvasSection), loaded.deleted("sections")) == ([], 51)


def test_a_held_table_does_not_hold_the_others(loaded: Mirror) -> None:
    many_sections_gone(loaded)
    assert [held.resource for held in loaded.close("sections", "enrollments")] == ["sections"]
    assert (len(alive(CanvasSection)), alive(CanvasEnrollment)) == (51, [])


def test_new_quizzes_are_held_under_the_name_of_the_resource(loaded: Mirror) -> None:
    template = CanvasQuiz.objects.get(engine="new")
    for number in range(1000, 1030):
        template.pk, template.canvas_id = None, number
        template.save(force_insert=True)
    assert [held.resource for held in loaded.close("new_quizzes")] == ["quizzes"]


def test_the_quizzes_of_one_engine_say_nothing_of_the_other(loaded: Mirror) -> None:
    loaded.close("quizzes")
    engines = CanvasQuiz.objects.live().values_list("engine", flat=True)
    assert list(engines) == ["new"]


def test_an_unpublished_assignment_keeps_its_submissions(loaded: Mirror) -> None:
    loaded.load("assignments", assignment(published=False, workflow_state="unpublished"))
    loaded.close("assignments", "submissions")
    assert alive(CanvasSubmission) == [751]
    assert len(alive(CanvasSubmissionComment)) == 1


def test_a_published_assignment_does_not_keep_submissions_nobody_lists(loaded: Mirror) -> None:
    loaded.load("assignments", assignment())
    loaded.close("assignments", "submissions")
    assert alive(CanvasSubmission) == []
    assert (loaded.deleted("submissions"), loaded.deleted("submission_comments")) == (1, 1)


def test_a_deleted_assignment_takes_its_submissions_along_published_or_not(
    loaded: Mirror,
) -> None:
    CanvasAssignment.objects.update(published=False)
    loaded.close("assignments", "submissions")
    assert (alive(CanvasAssignment), alive(CanvasSubmission)) == ([], [])
    assert loaded.deleted("rubric_assessments") == loaded.deleted("assignment_overrides") == 1


def test_children_end_with_their_parent_and_come_back_with_it(loaded: Mirror) -> None:
    loaded.close("assignments", "submissions")
    loaded.new_run()
    loaded.load("assignments", assignment())
    loaded.load("submissions", submission())
    loaded.close("assignments", "submissions")
    fates = {name: loaded.fates(name) for name in ("submissions", "submission_comments")}
    assert fates == {"submissions": (0, 1, 0), "submission_comments": (0, 1, 0)}
    assert loaded.fates("assignment_overrides") == (0, 1, 0)


def test_a_rubric_that_is_attached_but_not_listed_stays(loaded: Mirror) -> None:
    loaded.load("assignments", assignment())
    loaded.close("rubrics", "assignments")
    assert alive(CanvasRubric) == [901]


def test_a_rubric_another_course_still_uses_stays(loaded: Mirror) -> None:
    loaded.load("course", course(id=102))
    loaded.load("assignments", assignment(id=702, course_id=102, overrides=[]))
    loaded.new_run()
    loaded.close("rubrics", "assignments")
    assert (alive(CanvasAssignment), alive(CanvasRubric)) == ([702], [901])


def test_a_rubric_nobody_lists_or_uses_ends_with_its_criteria_and_ratings(
    loaded: Mirror,
) -> None:
    loaded.load("rubrics", rubric(id=902))
    loaded.close("rubrics", "assignments")
    assert alive(CanvasRubric) == [902]
    counts = [loaded.deleted(name) for name in ("rubrics", "rubric_criteria", "rubric_ratings")]
    assert counts == [1, 1, 2]


def test_rows_made_here_stay(loaded: Mirror) -> None:
    here = CanvasCourse.objects.get()
    CanvasSection.objects.create(course=here, name="ours")
    CanvasSection.objects.create(course=here, integration=here.integration, name="ours too")
    loaded.close()
    names = CanvasSection.objects.live().order_by("pk").values_list("name", flat=True)
    assert list(names) == ["ours", "ours too"]


def test_other_courses_and_other_canvases_are_left_alone(loaded: Mirror, other: Mirror) -> None:
    other.load_course()
    loaded.load("course", course(id=102))
    loaded.load("sections", section(id=202, course_id=102))
    loaded.new_run()
    loaded.close()
    kept = CanvasSection.objects.live().order_by("pk")
    assert [(row.integration_id, row.canvas_id) for row in kept] == [
        (other.integration.pk, 201),
        (loaded.integration.pk, 202),
    ]


def test_a_row_that_moved_to_another_course_is_not_taken_for_gone(loaded: Mirror) -> None:
    loaded.load("course", course(id=102))
    loaded.load("sections", section(course_id=102))
    loaded.new_run()
    loaded.close("sections")
    assert alive(CanvasSection) == [201]


def test_what_ended_before_does_not_end_again(loaded: Mirror) -> None:
    loaded.close()
    CanvasSection.objects.update(deleted_at=LONG_AGO, changed_at=LONG_AGO)
    loaded.new_run()
    loaded.close()
    assert {loaded.deleted(table.name) for table in TABLES} == {0}
    assert CanvasSection.objects.get().changed_at == LONG_AGO


def test_people_are_never_ended(loaded: Mirror) -> None:
    loaded.close(accept_deletes=True)
    assert (alive(CanvasUser), alive(CanvasCourse)) == ([501], [101])
