"""One full record of each kind that is about work: assignments, submissions, rubrics.

Source: canvas-api 4.7 to 4.13 and 4.16.
"""

from typing import Any

from sync.transform.rows import Payload
from tests.unit.transform.payloads import ADA, CLEO, COURSE


def assignment_group(**changes: Any) -> Payload:
    return {
        "id": 711,
        "name": "Homework",
        "position": 1,
        "group_weight": 40.0,
        "sis_source_id": None,
        "integration_data": {},
        "rules": {"drop_lowest": 1, "never_drop": [701]},
        "any_assignment_in_closed_grading_period": False,
    } | changes


def criterion(name: str | int = "_8013", **changes: Any) -> Payload:
    return {
        "id": name,
        "description": "Accuracy",
        "long_description": None,
        "points": 5.0,
        "criterion_use_range": False,
        "ignore_for_scoring": False,
        "mastery_points": 3.0,
        "ratings": [rating("blank", points=5.0), rating("blank_2", description="None", points=0.0)],
    } | changes


def rating(name: str | int = "blank", **changes: Any) -> Payload:
    return {
        "id": name,
        "description": "Full marks",
        "long_description": None,
        "points": 5.0,
        "sort_hint": 1,
    } | changes


def rubric(**changes: Any) -> Payload:
    return {
        "id": 901,
        "title": "Lab report",
        "context_id": COURSE,
        "context_type": "Course",
        "points_possible": 5.0,
        "reusable": False,
        "public": False,
        "read_only": True,
        "free_form_criterion_comments": None,
        "hide_score_total": None,
        "rating_order": "descending",
        "data": [criterion()],
    } | changes


def override(**changes: Any) -> Payload:
    """An override of the due date for section 201; the other dates are inherited."""
    return {
        "id": 731,
        "assignment_id": 701,
        "title": "Section A",
        "course_section_id": 201,
        "due_at": "2026-09-10T21:59:59Z",
        "all_day": True,
        "all_day_date": "2026-09-10",
        "unassign_item": False,
        "context_module_id": None,
    } | changes


def assignment(**changes: Any) -> Payload:
    """An assignment with rubric 901 and one override."""
    return {
        "id": 701,
        "course_id": COURSE,
        "assignment_group_id": 711,
        "name": "Lab report 1",
        "description": "<p>Write it up</p>",
        "created_at": "2026-08-10T08:00:00Z",
        "updated_at": "2026-08-10T08:00:00Z",
        "due_at": "2026-09-07T23:59:59+02:00",
        "unlock_at": None,
        "lock_at": None,
        "points_possible": 5.0,
        "grading_type": "points",
        "submission_types": ["online_text_entry"],
        "position": 1,
        "workflow_state": "published",
        "published": True,
        "needs_grading_count": 1,
        "allowed_attempts": -1,
        "peer_reviews": False,
        "locked_for_user": False,
        "secure_params": "eyJ0.SECRETTOKEN",
        "external_tool_tag_attributes": {"new_tab": False, "secure_params": "SECRETTOOL"},
        "use_rubric_for_grading": True,
        "rubric": [criterion()],
        "rubric_settings": {
            "id": 901,
            "title": "Lab report",
            "points_possible": 5.0,
            "hide_points": False,
        },
        "overrides": [override()],
    } | changes


def comment(**changes: Any) -> Payload:
    return {
        "id": 771,
        "author_id": CLEO,
        "author_name": "Cleo",
        "author": {"id": CLEO, "display_name": "Cleo"},
        "comment": "Well done",
        "created_at": "2026-09-09T12:00:00Z",
        "edited_at": None,
        "attempt": 1,
    } | changes


def submission(**changes: Any) -> Payload:
    """Ada's graded work for assignment 701."""
    return {
        "id": 751,
        "assignment_id": 701,
        "user_id": ADA,
        "workflow_state": "graded",
        "submission_type": "online_text_entry",
        "attempt": 1,
        "submitted_at": "2026-09-07T20:00:00Z",
        "score": 4.5,
        "grade": "4.5",
        "entered_score": 5.0,
        "entered_grade": "5",
        "points_deducted": 0.5,
        "graded_at": "2026-09-08T08:00:00Z",
        "grader_id": CLEO,
        "grade_matches_current_submission": True,
        "excused": False,
        "posted_at": None,
        "late": False,
        "missing": False,
        "seconds_late": 0,
        "late_policy_status": None,
        "cached_due_date": "2026-09-07T21:59:59Z",
        "body": "<p>Cells divide</p>",
        "url": None,
        "sticker": None,
        "attachments": [{"id": 1, "filename": "report.pdf"}],
        "submission_comments": [comment()],
        "rubric_assessment": {"_8013": {"rating_id": "blank", "comments": "Good", "points": 4.5}},
    } | changes
