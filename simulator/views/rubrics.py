"""Rubrics bookmarked in a course (canvas-api 4.16)."""

from __future__ import annotations

from simulator.call import Call, Json, Listing
from simulator.errors import Refusal, bad_request, message
from simulator.views import guards
from simulator.views.fields import Picker
from simulator.views.rubric_fields import criteria_json
from simulator.views.submission_fields import full_assessment
from simulator.world import rows

RUBRIC = Picker(
    *("id", "title", "points_possible", "reusable", "public", "read_only"),
    *("free_form_criterion_comments", "hide_score_total", "workflow_state"),
)
ASSESSMENTS = {"assessments", "graded_assessments", "peer_assessments"}
ASSOCIATIONS = {
    "associations",
    "assignment_associations",
    "course_associations",
    "account_associations",
}


def rubrics(call: Call, reference: str) -> Listing:
    """GET /courses/:id/rubrics; needs the right to manage rubrics."""
    course = guards.course(call, reference)
    call.caller.require_admin()
    found = guards.alive(call.world.rubrics.of("course_id", course.id))
    found = [row for row in found if row.bookmarked]
    return Listing(rows=found, render=lambda page: [rubric_json(row) for row in page])


def rubric(call: Call, reference: str, rubric_reference: str) -> Json:
    """GET /courses/:id/rubrics/:id, with at most one include of each kind."""
    course = guards.course(call, reference)
    call.caller.require_admin()
    found = call.world.rubrics.get(guards.row_id(rubric_reference))
    here = found is not None and found.course_id == course.id
    if found is None or not here or not found.bookmarked or found.workflow_state == "deleted":
        raise Refusal(404, {"message": "Rubric not found"})
    asked = call.includes
    if len(asked & ASSESSMENTS) > 1 or len(asked & ASSOCIATIONS) > 1:
        raise bad_request(message("invalid include combination requested"))
    return rubric_json(found) | _included(call, found)


def rubric_json(row: rows.Rubric) -> Json:
    """A rubric with its criteria."""
    record = RUBRIC(row) | {"context_id": row.course_id, "context_type": "Course"}
    record["data"] = criteria_json(row)
    return record


def _included(call: Call, row: rows.Rubric) -> Json:
    used = call.world.assignments.of("rubric_id", row.id)
    record: Json = {}
    if call.includes & {"assessments", "graded_assessments"}:
        record["assessments"] = [
            full_assessment(submission, assignment)
            for assignment in used
            for submission in call.world.submissions.of("assignment_id", assignment.id)
            if submission.rubric_assessment is not None
        ]
    if call.includes & {"associations", "assignment_associations"}:
        record["associations"] = [_association(assignment, row) for assignment in used]
    return record


def _association(assignment: rows.Assignment, row: rows.Rubric) -> Json:
    return {
        "id": assignment.id,
        "rubric_id": row.id,
        "association_id": assignment.id,
        "association_type": "Assignment",
        "use_for_grading": assignment.use_rubric_for_grading,
        "summary_data": None,
        "purpose": "grading",
        "hide_score_total": row.hide_score_total,
        "hide_points": row.hide_points,
        "hide_outcome_results": False,
    }
