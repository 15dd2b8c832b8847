"""The mirrored tables in the order their rows can be written, with how rows find their parents."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from canvas import models
from canvas.models import MirroredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A relation of a table and how a payload names the parent.

    `by`: look-up paths on the parent's model which the reference's values match, in order. A row
    whose `required` parent is not in the mirror is set aside; otherwise the relation stays null
    and the id is kept in `extra[keep_as]`, or always in the column `held_in`.
    """

    relation: str
    model: type[MirroredRow]
    by: tuple[str, ...] = ("canvas_id",)
    required: bool = False
    keep_as: str = ""
    held_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`name` is the resource in reports unless `resource` says otherwise.

    `proved_by`: the sources which, when all were read completely, prove that an unseen row of the
    course is gone; empty for rows that no course owns. `parent`: the relation whose end ends this
    row. `only` restricts the rows this table means. `hidden` finds rows Canvas keeps and does not
    list, given the primary keys of assignments that are going, too. `listed_by`: the relation to
    the parent in whose listing this row is, and the parent's table.
    """

    name: str
    model: type[MirroredRow]
    links: tuple[Link, ...] = ()
    proved_by: tuple[str, ...] = ()
    parent: str = ""
    only: Q = field(default_factory=Q)
    hidden: Callable[[Collection[int]], Q] | None = None
    listed_by: tuple[str, str] | None = None
    resource: str = ""

    @property
    def reported_as(self) -> str:
        return self.resource or self.name


_COURSE = Link(relation="course", model=models.CanvasCourse, required=True)
_STUDENT = Link(relation="student", model=models.CanvasUser, held_in="user_id")
_SECTION = Link(relation="section", model=models.CanvasSection, held_in="course_section_id")
_ASSIGNMENT = Link(relation="assignment", model=models.CanvasAssignment, required=True)
_SUBMISSION = Link(relation="submission", model=models.CanvasSubmission, required=True)
_ASSIGNMENT_GROUP = Link(
    relation="assignment_group", model=models.CanvasAssignmentGroup, keep_as="assignment_group_id"
)
_QUIZ_LINKS = (
    _COURSE,
    Link(relation="assignment", model=models.CanvasAssignment, keep_as="assignment_id"),
    _ASSIGNMENT_GROUP,
)


def _in_use(going: Collection[int]) -> Q:
    """Rubrics of an assignment, be it another course's: listed only where they are bookmarked."""
    using = models.CanvasAssignment.objects.live().filter(rubric=OuterRef("pk"))
    return Q(Exists(using.exclude(pk__in=going)))


def _of_unpublished_work(going: Collection[int]) -> Q:
    """Canvas lists no submissions of an unpublished assignment, and keeps them (trap 49)."""
    unpublished = Q(assignment__published=False, assignment__deleted_at__isnull=True)
    return unpublished & ~Q(assignment__in=going)


TABLES: tuple[Table, ...] = (
    Table(name="terms", model=models.CanvasTerm),
    Table(
        name="courses",
        model=models.CanvasCourse,
        links=(Link(relation="term", model=models.CanvasTerm, held_in="enrollment_term_id"),),
    ),
    Table(
        name="sections",
        model=models.CanvasSection,
        links=(_COURSE,),
        proved_by=("sections",),
    ),
    Table(name="users", model=models.CanvasUser),
    Table(
        name="enrollments",
        model=models.CanvasEnrollment,
        links=(_COURSE, _SECTION, _STUDENT),
        proved_by=("enrollments",),
    ),
    Table(
        name="group_categories",
        model=models.CanvasGroupCategory,
        links=(Link(relation="course", model=models.CanvasCourse, keep_as="course_id"),),
        proved_by=("group_categories",),
    ),
    Table(
        name="groups",
        model=models.CanvasGroup,
        links=(
            Link(relation="course", model=models.CanvasCourse, keep_as="course_id"),
            Link(
                relation="category", model=models.CanvasGroupCategory, keep_as="group_category_id"
            ),
        ),
        proved_by=("group_categories", "groups"),
        listed_by=("category", "group_categories"),
    ),
    Table(
        name="group_memberships",
        model=models.CanvasGroupMembership,
        links=(Link(relation="group", model=models.CanvasGroup, required=True), _STUDENT),
        proved_by=("group_categories", "groups", "group_memberships"),
        listed_by=("group", "groups"),
    ),
    Table(
        name="assignment_groups",
        model=models.CanvasAssignmentGroup,
        links=(_COURSE,),
        proved_by=("assignment_groups",),
    ),
    Table(
        name="rubrics",
        model=models.CanvasRubric,
        links=(Link(relation="course", model=models.CanvasCourse, keep_as="course_id"),),
        proved_by=("rubrics", "assignments"),
        hidden=_in_use,
    ),
    Table(
        name="rubric_criteria",
        model=models.CanvasRubricCriterion,
        links=(Link(relation="rubric", model=models.CanvasRubric, required=True),),
        parent="rubric",
    ),
    Table(
        name="rubric_ratings",
        model=models.CanvasRubricRating,
        links=(
            Link(
                relation="criterion",
                model=models.CanvasRubricCriterion,
                by=("rubric__canvas_id", "canvas_id"),
                required=True,
            ),
        ),
        parent="criterion",
    ),
    Table(
        name="assignments",
        model=models.CanvasAssignment,
        links=(
            _COURSE,
            _ASSIGNMENT_GROUP,
            Link(relation="rubric", model=models.CanvasRubric, keep_as="rubric_id"),
        ),
        proved_by=("assignments",),
    ),
    Table(
        name="assignment_overrides",
        model=models.CanvasAssignmentOverride,
        links=(
            _ASSIGNMENT,
            _SECTION,
            Link(relation="group", model=models.CanvasGroup, keep_as="group_id"),
        ),
        parent="assignment",
    ),
    Table(
        name="submissions",
        model=models.CanvasSubmission,
        links=(_ASSIGNMENT, _STUDENT),
        proved_by=("assignments", "submissions"),
        listed_by=("assignment", "assignments"),
        hidden=_of_unpublished_work,
    ),
    Table(
        name="submission_comments",
        model=models.CanvasSubmissionComment,
        links=(_SUBMISSION,),
        parent="submission",
    ),
    Table(
        name="rubric_assessments",
        model=models.CanvasRubricAssessment,
        links=(
            _SUBMISSION,
            Link(
                relation="criterion",
                model=models.CanvasRubricCriterion,
                by=("rubric__assignments__canvas_id", "canvas_id"),
            ),
        ),
        parent="submission",
    ),
    Table(
        name="quizzes",
        model=models.CanvasQuiz,
        links=_QUIZ_LINKS,
        proved_by=("quizzes",),
        only=Q(engine=models.CanvasQuiz.Engine.CLASSIC),
    ),
    Table(
        name="new_quizzes",
        model=models.CanvasQuiz,
        links=_QUIZ_LINKS,
        proved_by=("new_quizzes",),
        # Its list may prove nothing, but it ends with its assignment.
        parent="assignment",
        only=Q(engine=models.CanvasQuiz.Engine.NEW),
        resource="quizzes",
    ),
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}

# Those whose rows a course owns; rubrics end after the assignments that may still use them.
CLOSING: tuple[Table, ...] = tuple(
    sorted(
        (table for table in TABLES if table.proved_by or table.parent),
        key=lambda table: table.name in ("rubrics", "rubric_criteria", "rubric_ratings"),
    )
)
