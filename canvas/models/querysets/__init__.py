"""What can be asked of the mirrored tables: one queryset per kind of row, all of them chainable.

A filter says one thing about a row and never more: only `live()` looks at its `deleted_at`.
"""

from canvas.models.querysets.coursework import (
    AssignmentQuerySet,
    OverrideQuerySet,
    QuizQuerySet,
    RubricQuerySet,
)
from canvas.models.querysets.groups import GroupQuerySet, MembershipQuerySet
from canvas.models.querysets.mirror import MirrorQuerySet
from canvas.models.querysets.people import EnrollmentQuerySet, UserQuerySet
from canvas.models.querysets.places import CourseQuerySet, SectionQuerySet, TermQuerySet
from canvas.models.querysets.submissions import SubmissionPartQuerySet, SubmissionQuerySet

__all__ = [
    "AssignmentQuerySet",
    "CourseQuerySet",
    "EnrollmentQuerySet",
    "GroupQuerySet",
    "MembershipQuerySet",
    "MirrorQuerySet",
    "OverrideQuerySet",
    "QuizQuerySet",
    "RubricQuerySet",
    "SectionQuerySet",
    "SubmissionPartQuerySet",
    "SubmissionQuerySet",
    "TermQuerySet",
    "UserQuerySet",
]
