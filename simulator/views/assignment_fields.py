"""The assignment's record and its overrides, field by field (canvas-api 4.8, 4.9)."""

from __future__ import annotations

import hashlib
from typing import Any

from simulator.call import Call, Json
from simulator.views.fields import Picker
from simulator.views.rubric_fields import criteria_json
from simulator.world import rows

ASSIGNMENT = Picker(
    *("id", "description", "due_at", "unlock_at", "lock_at", "points_possible", "grading_type"),
    *("assignment_group_id", "grading_standard_id", "created_at", "updated_at", "peer_reviews"),
    *("position", "grade_group_students_individually", "group_category_id", "anonymous_grading"),
    *("allowed_attempts", "course_id", "name", "submission_types", "workflow_state"),
    *("omit_from_final_grade", "hide_in_gradebook", "only_visible_to_overrides", "post_manually"),
)
FIXED: Json = {
    "automatic_peer_reviews": False,
    "intra_group_peer_reviews": False,
    "anonymous_peer_reviews": False,
    "anonymous_instructor_annotations": False,
    "moderated_grading": False,
    "grader_count": 0,
    "final_grader_id": None,
    "grader_comments_visible_to_graders": True,
    "graders_anonymous_to_graders": False,
    "grader_names_visible_to_final_grader": True,
    "due_date_required": False,
    "max_name_length": 255,
    "in_closed_grading_period": False,
    "important_dates": False,
    "restrict_quantitative_data": False,
    "require_lockdown_browser": False,
    "muted": False,
    "can_duplicate": True,
    "original_course_id": None,
    "original_assignment_id": None,
    "original_lti_resource_link_id": None,
    "original_assignment_name": None,
    "original_quiz_id": None,
    "locked_for_user": False,
    "post_to_sis": False,
    "integration_data": {},
}
OVERRIDE = Picker("id", "assignment_id", "title")
ALL_DATES_LIMIT = 25
DATES = ("due_at", "unlock_at", "lock_at")


def assignment_json(call: Call, row: rows.Assignment) -> Json:
    """An assignment in full; override_assignment_dates is on unless it is switched off."""
    record = ASSIGNMENT(row) | FIXED
    living = _overrides(call, row)
    if call.query.flag("override_assignment_dates", True) and living:
        record.update({name: _lenient(row, living, name) for name in DATES})
    url = f"{call.base}/courses/{row.course_id}/assignments/{row.id}"
    record.update(
        html_url=url,
        submissions_download_url=f"{url}/submissions?zip=1",
        published=row.workflow_state == "published",
        has_overrides=bool(living),
        is_quiz_assignment=row.quiz_id is not None,
        integration_id=row.integration_id,
    )
    if call.caller.sis:
        record["sis_assignment_id"] = row.sis_assignment_id
    record.update(_progress(call, row))
    record.update(_kind(call, row))
    record.update(_rubric(call, row))
    record.update(_included(call, row, living))
    return record


def _overrides(call: Call, row: rows.Assignment) -> list[rows.Override]:
    found = call.world.assignment_overrides.of("assignment_id", row.id)
    return [override for override in found if override.workflow_state != "deleted"]


def _lenient(row: rows.Assignment, living: list[rows.Override], name: str) -> str | None:
    """The date that staff see as theirs: of all that apply, the one that allows most."""
    everyone = [] if row.only_visible_to_overrides else [getattr(row, name)]
    dates = everyone + [override.dates[name] for override in living if name in override.dates]
    if not dates or None in dates:
        return None
    chosen = min(dates) if name == "unlock_at" else max(dates)
    return str(chosen)


def _progress(call: Call, row: rows.Assignment) -> Json:
    living = [
        submission
        for submission in call.world.submissions.of("assignment_id", row.id)
        if submission.workflow_state != "deleted"
    ]
    submitted = any(submission.submitted_at is not None for submission in living)
    return {
        "has_submitted_submissions": submitted,
        "graded_submissions_exist": any(s.workflow_state == "graded" for s in living),
        "needs_grading_count": sum(needs_grading(submission) for submission in living),
        "unpublishable": not submitted,
    }


def needs_grading(row: rows.Submission) -> bool:
    """Handed in and not, or no longer, graded."""
    if row.submitted_at is None or row.excused:
        return False
    pending = row.workflow_state in ("submitted", "pending_review")
    return pending or not row.grade_matches_current_submission


def _kind(call: Call, row: rows.Assignment) -> Json:
    record: Json = {}
    if row.allowed_extensions is not None:
        record["allowed_extensions"] = row.allowed_extensions
    if row.quiz_id is not None:
        quiz = call.world.quizzes[row.quiz_id]
        record["quiz_id"] = row.quiz_id
        record["anonymous_submissions"] = quiz.anonymous_submissions
    if row.anonymous_grading:
        record["anonymize_students"] = True
    if row.new_quiz:
        record["is_quiz_lti_assignment"] = True
        record["external_tool_tag_attributes"] = {
            "url": "https://quiz-lti.example.edu/lti/launch",
            "new_tab": False,
            "resource_link_id": hashlib.sha1(str(row.id).encode()).hexdigest(),
        }
        record["url"] = f"{call.api}/courses/{row.course_id}/external_tools/sessionless_launch"
    record["secure_params"] = _secure_params(call, row)
    return record


def _secure_params(call: Call, row: rows.Assignment) -> str:
    """A signed token that differs on each call, as the real one does."""
    call.world.launches += 1
    text = f"{call.world.seed}:{row.id}:{call.world.launches}"
    return f"eyJ0eXAiOiJKV1QifQ.{hashlib.sha256(text.encode()).hexdigest()}"


def _rubric(call: Call, row: rows.Assignment) -> Json:
    rubric = call.world.rubrics.get(row.rubric_id)
    if rubric is None:
        return {}
    return {
        "use_rubric_for_grading": row.use_rubric_for_grading,
        "rubric": criteria_json(rubric),
        "rubric_settings": {
            "id": rubric.id,
            "title": rubric.title,
            "points_possible": rubric.points_possible,
            "free_form_criterion_comments": rubric.free_form_criterion_comments,
            "hide_score_total": rubric.hide_score_total,
            "hide_points": rubric.hide_points,
        },
    }


def _included(call: Call, row: rows.Assignment, living: list[rows.Override]) -> Json:
    record: Json = {}
    asked = call.includes
    if "overrides" in asked:
        record["overrides"] = [override_json(override) for override in living]
    if "assignment_visibility" in asked:
        found = call.world.submissions.of("assignment_id", row.id)
        assigned = sorted(s.user_id for s in found if s.workflow_state != "deleted")
        record["assignment_visibility"] = [str(user_id) for user_id in assigned]
    if "all_dates" in asked and len(living) >= ALL_DATES_LIMIT:
        record["all_dates_count"] = len(living) + 1
    elif "all_dates" in asked:
        record["all_dates"] = _all_dates(row, living)
    return record


def _all_dates(row: rows.Assignment, living: list[rows.Override]) -> list[Json]:
    base: Json = {"base": True} | {name: getattr(row, name) for name in DATES}

    def dated(override: rows.Override) -> Json:
        dates = {name: override.dates.get(name, getattr(row, name)) for name in DATES}
        return {"id": override.id, "title": override.title, **dates}

    everyone = [] if row.only_visible_to_overrides else [base]
    return everyone + [dated(override) for override in living]


def override_json(row: rows.Override) -> Json:
    """An override: one target, and only the dates it overrides."""
    record: Json = OVERRIDE(row)
    targets: dict[str, Any] = {
        "student_ids": row.student_ids,
        "group_id": row.group_id,
        "course_section_id": row.course_section_id,
    }
    record.update({name: target for name, target in targets.items() if target is not None})
    record["unassign_item"] = False
    due = row.dates.get("due_at")
    if "due_at" in row.dates:
        record["all_day"] = due is not None and due.endswith("T21:59:59Z")
        record["all_day_date"] = None if due is None else due[:10]
    return record | row.dates
