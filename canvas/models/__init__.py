"""The mirrored tables and the integration they were read from."""

from canvas.models.assignments import (
    CanvasAssignment,
    CanvasAssignmentGroup,
    CanvasAssignmentOverride,
)
from canvas.models.course import CanvasCourse, CanvasSection, CanvasTerm
from canvas.models.groups import CanvasGroup, CanvasGroupCategory, CanvasGroupMembership
from canvas.models.integration import CanvasIntegration
from canvas.models.mirrored import MirroredRow
from canvas.models.mixins import AsyncModelMixin
from canvas.models.people import CanvasEnrollment, CanvasUser
from canvas.models.quizzes import CanvasQuiz
from canvas.models.rubrics import CanvasRubric, CanvasRubricCriterion, CanvasRubricRating
from canvas.models.submissions import (
    CanvasRubricAssessment,
    CanvasSubmission,
    CanvasSubmissionComment,
)

__all__ = [
    "AsyncModelMixin",
    "CanvasAssignment",
    "CanvasAssignmentGroup",
    "CanvasAssignmentOverride",
    "CanvasCourse",
    "CanvasEnrollment",
    "CanvasGroup",
    "CanvasGroupCategory",
    "CanvasGroupMembership",
    "CanvasIntegration",
    "CanvasQuiz",
    "CanvasRubric",
    "CanvasRubricAssessment",
    "CanvasRubricCriterion",
    "CanvasRubricRating",
    "CanvasSection",
    "CanvasSubmission",
    "CanvasSubmissionComment",
    "CanvasTerm",
    "CanvasUser",
    "MirroredRow",
]
