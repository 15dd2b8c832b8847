"""THE TABLE of what is compared: each kind of record, how its row is found, what is left out.

A column has the name of Canvas's field, so only the exceptions stand here. What Canvas computes
when it is read or makes for its reader is left out (canvas-api 4.8, 4.12; traps 51 and 62).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from django.db.models import Q

from canvas import models
from canvas.models import MirroredRow

Names: TypeAlias = frozenset[str]


def _names(text: str) -> Names:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record.

    `relations`: key of the record → relation of the row whose Canvas id it is. `left_out`: keys
    that are not compared, records of their own among them. `none_if_absent`: columns that are null
    when Canvas leaves the key out; for all others absence says nothing. `told_by`: the listings
    that are needed to know all rows of the course; none for rows that no course owns.
    `course_path`: from a row to its course. `within`: the kind whose record holds all of these,
    looked up along `parent_path`; `key_path` then is their key inside it. `hidden`: rows that
    Canvas keeps without listing them.
    """

    name: str
    model: type[MirroredRow]
    resource: str = ""
    relations: Mapping[str, str] = field(default_factory=dict)
    left_out: Names = frozenset()
    none_if_absent: Names = frozenset()
    told_by: tuple[str, ...] = ()
    course_path: str = "course"
    within: str = ""
    parent_path: str = ""
    key_path: tuple[str, ...] = ("canvas_id",)
    only: Q = field(default_factory=Q)
    hidden: Q | None = None

    @property
    def reported_as(self) -> str:
        return self.resource or self.name


_SUBMISSION = "submission__assignment__course"
_LOCKS = _names("lock_explanation lock_info locked_for_user unpublishable")
_DATES = _names("all_day all_day_date due_at lock_at unlock_at")
_QUIZ = _LOCKS | {"permissions"}

KINDS: Final = (
    Kind(name="terms", model=models.CanvasTerm, course_path=""),
    Kind(
        name="courses",
        model=models.CanvasCourse,
        relations={"enrollment_term_id": "term"},
        # A nickname stands in the place of the name (trap 24); the feed's address is a secret.
        left_out=_names("calendar enrollments permissions term"),
        none_if_absent=_names("locale original_name"),
        course_path="",
    ),
    Kind(
        name="sections",
        model=models.CanvasSection,
        relations={"course_id": "course"},
        told_by=("sections",),
    ),
    Kind(name="users", model=models.CanvasUser, course_path=""),
    Kind(
        name="enrollments",
        model=models.CanvasEnrollment,
        relations={"course_id": "course", "user_id": "student", "course_section_id": "section"},
        left_out=_names("user"),
        told_by=("enrollments",),
    ),
    Kind(
        name="group_categories",
        model=models.CanvasGroupCategory,
        relations={"course_id": "course"},
        told_by=("group_categories",),
    ),
    Kind(
        name="groups",
        model=models.CanvasGroup,
        relations={"course_id": "course", "group_category_id": "category"},
        told_by=("group_categories", "groups"),
    ),
    Kind(
        name="group_memberships",
        model=models.CanvasGroupMembership,
        relations={"group_id": "group", "user_id": "student"},
        told_by=("group_categories", "groups", "group_memberships"),
        course_path="group__course",
    ),
    Kind(
        name="assignment_groups",
        model=models.CanvasAssignmentGroup,
        told_by=("assignment_groups",),
    ),
    Kind(
        name="rubrics",
        model=models.CanvasRubric,
        left_out=_names("criteria data"),
        told_by=("rubrics", "assignments"),
        # One that an assignment of another course still uses.
        hidden=Q(assignments__deleted_at__isnull=True, assignments__isnull=False),
    ),
    Kind(
        name="rubric_criteria",
        model=models.CanvasRubricCriterion,
        left_out=_names("ratings"),
        told_by=("rubrics", "assignments"),
        course_path="rubric__course",
        within="rubrics",
        parent_path="rubric__canvas_id",
    ),
    Kind(
        name="rubric_ratings",
        model=models.CanvasRubricRating,
        left_out=_names("criterion_id"),
        told_by=("rubrics", "assignments"),
        course_path="criterion__rubric__course",
        within="rubrics",
        parent_path="criterion__rubric__canvas_id",
        key_path=("criterion__canvas_id", "canvas_id"),
    ),
    Kind(
        name="assignments",
        model=models.CanvasAssignment,
        relations={
            "course_id": "course",
            "assignment_group_id": "assignment_group",
            "rubric_id": "rubric",
        },
        left_out=_LOCKS
        | _names("can_duplicate needs_grading_count needs_grading_count_by_section overrides")
        | _names("rubric secure_params submission submissions_download_url url"),
        none_if_absent=_names(
            "allowed_extensions rubric_id rubric_settings use_rubric_for_grading"
        ),
        told_by=("assignments",),
    ),
    Kind(
        name="assignment_overrides",
        model=models.CanvasAssignmentOverride,
        relations={
            "assignment_id": "assignment",
            "course_section_id": "section",
            "group_id": "group",
        },
        none_if_absent=_DATES | {"group_id"},
        told_by=("assignments",),
        course_path="assignment__course",
        within="assignments",
        parent_path="assignment__canvas_id",
    ),
    Kind(
        name="submissions",
        model=models.CanvasSubmission,
        relations={"assignment_id": "assignment", "user_id": "student"},
        left_out=_names("late missing rubric_assessment seconds_late submission_comments"),
        none_if_absent=_names("attachments"),
        told_by=("assignments", "submissions"),
        course_path="assignment__course",
        # Canvas lists no work of an unpublished assignment, and keeps it (trap 49).
        hidden=Q(assignment__published=False, assignment__deleted_at__isnull=True),
    ),
    Kind(
        name="submission_comments",
        model=models.CanvasSubmissionComment,
        told_by=("assignments", "submissions"),
        course_path=_SUBMISSION,
        within="submissions",
        parent_path="submission__canvas_id",
    ),
    Kind(
        name="rubric_assessments",
        model=models.CanvasRubricAssessment,
        relations={"criterion_id": "criterion"},
        none_if_absent=_names("comments points rating_id"),
        told_by=("assignments", "submissions"),
        course_path=_SUBMISSION,
        within="submissions",
        parent_path="submission__canvas_id",
    ),
    Kind(
        name="quizzes",
        model=models.CanvasQuiz,
        relations={"assignment_id": "assignment", "assignment_group_id": "assignment_group"},
        left_out=_QUIZ,
        told_by=("quizzes",),
        only=Q(engine=models.CanvasQuiz.Engine.CLASSIC),
    ),
    Kind(
        name="new_quizzes",
        model=models.CanvasQuiz,
        resource="quizzes",
        relations={"assignment_id": "assignment", "assignment_group_id": "assignment_group"},
        left_out=_QUIZ,
        told_by=("new_quizzes",),
        only=Q(engine=models.CanvasQuiz.Engine.NEW),
    ),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}
