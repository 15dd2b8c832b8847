"""Parents by the ids payloads name: found, not found yet, and found through another row."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from canvas.models import (
    CanvasAssignment,
    CanvasAssignmentOverride,
    CanvasEnrollment,
    CanvasGroup,
    CanvasQuiz,
    CanvasRubric,
    CanvasRubricAssessment,
    CanvasRubricRating,
    CanvasSubmission,
    CanvasUser,
)
from sync.links import LinkIndex
from sync.tables import BY_NAME
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import ADA, course, enrollment, group, quiz, section, user
from tests.unit.transform.work_payloads import (
    assignment,
    assignment_group,
    criterion,
    override,
    rubric,
    submission,
)

COURSE_LINK = BY_NAME["sections"].links[0]


def test_a_criterion_is_found_through_the_rubric_of_the_assignment(loaded: Mirror) -> None:
    settings = {"id": 902, "title": "Other"}
    second = assignment(id=702, rubric=[criterion()], rubric_settings=settings, overrides=[])
    loaded.load("assignments", second)
    loaded.load("submissions", submission(id=752, assignment_id=702, submission_comments=[]))
    rubrics = {
        given.submission.canvas_id: given.criterion.rubric.canvas_id
        for given in CanvasRubricAssessment.objects.all()
        if given.criterion is not None
    }
    assert rubrics == {751: 901, 752: 902}


def test_a_criterion_the_rubric_does_not_have_is_left_open(loaded: Mirror) -> None:
    loaded.load("submissions", submission(rubric_assessment={"_gone": {"points": 1}}))
    given = CanvasRubricAssessment.objects.get(canvas_id="_gone")
    assert (given.criterion, given.points) == (None, 1.0)


def test_a_criterion_that_appears_later_is_linked_once(loaded: Mirror) -> None:
    assessed = submission(rubric_assessment={"_late": {"points": 1}})
    loaded.load("submissions", assessed)
    loaded.load("assignments", assignment(rubric=[criterion(), criterion("_late")]))
    for fates in ((0, 1, 0), (0, 0, 1)):
        loaded.new_run()
        loaded.load("submissions", assessed)
        assert loaded.fates("rubric_assessments") == fates
    found = CanvasRubricAssessment.objects.get(canvas_id="_late").criterion
    assert found is not None
    assert found.canvas_id == "_late"


def test_ratings_find_their_criterion_in_their_own_rubric(loaded: Mirror) -> None:
    loaded.load("rubrics", rubric(id=902), rubric(id=903))
    ratings = CanvasRubricRating.objects.filter(canvas_id="blank")
    owners = ratings.values_list("criterion__rubric__canvas_id", "criterion__canvas_id")
    assert set(owners) == {(number, "_8013") for number in (901, 902, 903)}


def test_an_optional_parent_that_is_missing_stays_readable(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("assignments", assignment(overrides=[override(group_id=411)]))
    found = CanvasAssignment.objects.get()
    assert (found.assignment_group, found.extra["assignment_group_id"]) == (None, 711)
    exception = CanvasAssignmentOverride.objects.get()
    assert (exception.group, exception.extra["group_id"]) == (None, 411)


def test_a_parent_that_appears_later_is_linked_and_counted_once(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("assignments", assignment())
    mirror.load("assignment_groups", assignment_group())
    for fates in ((0, 1, 0), (0, 0, 1)):
        mirror.new_run()
        mirror.load("assignments", assignment())
        assert mirror.fates("assignments") == fates
    found = CanvasAssignment.objects.get()
    assert found.assignment_group is not None
    assert "assignment_group_id" not in found.extra


def test_parents_in_any_order_leave_the_same_row(mirror: Mirror, other: Mirror) -> None:
    order = ["course", "quizzes", "assignments", "assignment_groups", "assignments", "quizzes"]
    records = {
        "course": course(),
        "quizzes": quiz(),
        "assignments": assignment(),
        "assignment_groups": assignment_group(),
    }
    for place, sources in ((mirror, order), (other, [order[0], *order[3:]])):
        for source in sources:
            place.load(source, records[source])
    kept = {q.integration_id: q.extra for q in CanvasQuiz.objects.all()}
    assert kept[mirror.integration.pk] == kept[other.integration.pk]


def test_a_person_who_appears_later_is_linked(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("assignments", assignment())
    mirror.load("submissions", submission())
    work = CanvasSubmission.objects.get()
    assert (work.student, work.user_id) == (None, ADA)
    mirror.load("enrollments", enrollment())
    mirror.load("submissions", submission())
    work = CanvasSubmission.objects.get()
    assert work.student is not None
    assert work.student.name == "Ada Lovelace"


def test_an_enrollment_in_a_section_nobody_listed_is_stored(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("enrollments", enrollment(course_section_id=999))
    found = CanvasEnrollment.objects.get()
    assert (found.section, found.course_section_id) == (None, 999)


def test_who_is_in_two_sections_is_one_person_with_two_enrollments(loaded: Mirror) -> None:
    loaded.load("sections", section(id=202))
    loaded.load("enrollments", enrollment(), enrollment(id=302, course_section_id=202))
    assert CanvasUser.objects.get().enrollments.count() == 2


def test_a_person_of_another_shard_is_found_by_the_long_id(loaded: Mirror) -> None:
    foreign = 115370000000000073
    loaded.load("enrollments", enrollment(id=303, user_id=foreign, user=user(id=foreign)))
    found = CanvasEnrollment.objects.get(canvas_id=303).student
    assert found is not None
    assert found.canvas_id == foreign


def test_a_parent_of_another_canvas_is_not_taken(loaded: Mirror, other: Mirror) -> None:
    other.load("sections", section())
    assert other.counts("sections").rejected == 1


def test_a_tombstoned_parent_is_still_a_parent(loaded: Mirror) -> None:
    loaded.close("groups", "group_categories")
    assert CanvasGroup.objects.get().deleted_at is not None
    loaded.load("assignments", assignment(overrides=[override(group_id=411)]))
    assert CanvasAssignmentOverride.objects.get().group == CanvasGroup.objects.get()


@pytest.mark.parametrize(("known", "courses"), [(False, {101}), (True, {101})])
def test_an_attached_rubric_takes_its_course_only_when_new(
    mirror: Mirror, known: bool, courses: set[int]
) -> None:
    mirror.load("course", course(), course(id=102))
    if known:
        mirror.load("rubrics", rubric())
    mirror.load("assignments", assignment())
    mirror.load("assignments", assignment(id=702, course_id=102, overrides=[]))
    found = CanvasRubric.objects.get()
    assert found.course is not None
    assert {found.course.canvas_id} == courses


def test_a_rubric_of_an_account_keeps_to_no_course(mirror: Mirror) -> None:
    mirror.load("course", course())
    mirror.load("rubrics", rubric(context_type="Account", context_id=3))
    mirror.load("assignments", assignment())
    assert CanvasRubric.objects.get().course is None


def test_a_parent_is_looked_up_once_a_run(loaded: Mirror) -> None:
    index = LinkIndex(loaded.integration.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        first = index.resolve(COURSE_LINK, [101, 101])
        assert index.resolve(COURSE_LINK, [101]) == first
    assert len(queries) == 1


def test_an_unknown_parent_is_looked_up_again_each_time(mirror: Mirror) -> None:
    index = LinkIndex(mirror.integration.pk)
    assert index.resolve(COURSE_LINK, [101]) == {}
    mirror.load("course", course())
    assert index.resolve(COURSE_LINK, [101]).keys() == {101}


def test_more_parents_than_one_statement_takes_are_found(loaded: Mirror) -> None:
    loaded.load("groups", *(group(id=number) for number in range(1000, 3000)))
    link = BY_NAME["group_memberships"].links[0]
    found = LinkIndex(loaded.integration.pk).resolve(link, range(1000, 3001))
    assert sorted(ref for ref in found if isinstance(ref, int)) == list(range(1000, 3000))
