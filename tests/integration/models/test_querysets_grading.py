"""Which submissions are graded, wait for a grade, are late or missing."""

from __future__ import annotations

from typing import Any

import pytest

from canvas.models import CanvasIntegration, CanvasSubmission
from tests.integration.models.school import School

# What Canvas sends, by the name of the case (canvas-api 4.10 and 4.12).
CASES: dict[str, dict[str, Any]] = {
    "placeholder": {"workflow_state": "unsubmitted", "submission_type": None, "attempt": None},
    "handed in": {},
    "graded": {"workflow_state": "graded", "score": 8.0, "grade_matches_current_submission": True},
    "zero": {"workflow_state": "graded", "score": 0.0, "grade_matches_current_submission": True},
    "on paper": {"workflow_state": "graded", "submission_type": None, "score": 7.0},
    "on paper, complete": {"workflow_state": "graded", "submission_type": None, "grade": "ok"},
    "excused": {"workflow_state": "graded", "excused": True},
    "excused, handed in": {"workflow_state": "submitted", "excused": True},
    "handed in again": {"score": 8.0, "grade_matches_current_submission": False},
    "graded, then a newer attempt": {
        "workflow_state": "graded",
        "score": 8.0,
        "grade_matches_current_submission": False,
    },
    "quiz in review": {
        "workflow_state": "pending_review",
        "submission_type": "online_quiz",
        "score": 3.0,
    },
    "new quiz": {
        "workflow_state": "graded",
        "submission_type": "basic_lti_launch",
        "score": 3.0,
        "grade_matches_current_submission": True,
    },
    "made here": {"workflow_state": None, "submission_type": None},
}
GRADED = {
    "graded",
    "zero",
    "on paper",
    "on paper, complete",
    "excused",
    "graded, then a newer attempt",
    "new quiz",
}
WAITING = {"handed in", "handed in again", "graded, then a newer attempt", "quiz in review"}


@pytest.fixture
def work(integration: CanvasIntegration) -> dict[int, str]:
    """Primary key → name of the case."""
    school = School(integration)
    assignment = school.assignment(school.course())
    return {school.handed_in(assignment, **values).pk: name for name, values in CASES.items()}


def names(work: dict[int, str], rows: Any) -> set[str]:
    return {work[row.pk] for row in rows}


def test_graded_is_the_state_canvas_gives(work: dict[int, str]) -> None:
    assert names(work, CanvasSubmission.objects.graded()) == GRADED


def test_ungraded_is_all_the_rest(work: dict[int, str]) -> None:
    assert names(work, CanvasSubmission.objects.ungraded()) == set(CASES) - GRADED


def test_needing_a_grade_follows_the_rule_of_canvas(work: dict[int, str]) -> None:
    assert names(work, CanvasSubmission.objects.needs_grading()) == WAITING


@pytest.mark.parametrize("flag", ["late", "missing"])
def test_a_flag_of_canvas_is_believed(integration: CanvasIntegration, flag: str) -> None:
    school = School(integration)
    assignment = school.assignment(school.course())
    flagged = school.submission(assignment, **{flag: True})
    school.submission(assignment, **{flag: False})
    school.submission(assignment)
    assert list(getattr(CanvasSubmission.objects, flag)()) == [flagged]
