"""Assignment groups, and assignments with their overrides and rubric (canvas-api 4.7 to 4.9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec import UNSET

from sync.transform.rows import Payload, Ref, Row, Scope
from sync.transform.rubrics import attached_rubric_rows
from sync.transform.shape import (
    Id,
    OptBool,
    OptDay,
    OptDict,
    OptFloat,
    OptId,
    OptInt,
    OptList,
    OptText,
    OptTime,
    Shape,
    columns,
    items,
    read,
    reference,
)

_OVERRIDABLE = ("due_at", "all_day", "all_day_date", "unlock_at", "lock_at")


class AssignmentGroupShape(Shape):
    id: Id
    name: OptText = UNSET
    position: OptInt = UNSET
    group_weight: OptFloat = UNSET
    sis_source_id: OptText = UNSET
    integration_data: OptDict = UNSET
    rules: OptDict = UNSET


class AssignmentShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset(
        {"course_id", "assignment_group_id", "overrides", "rubric"}
    )
    guarded: ClassVar[frozenset[str]] = frozenset({"secure_params", "external_tool_tag_attributes"})
    signed: ClassVar[frozenset[str]] = frozenset({"url"})

    id: Id
    name: OptText = UNSET
    description: OptText = UNSET
    created_at: OptTime = UNSET
    updated_at: OptTime = UNSET
    due_at: OptTime = UNSET
    unlock_at: OptTime = UNSET
    lock_at: OptTime = UNSET
    points_possible: OptFloat = UNSET
    grading_type: OptText = UNSET
    grading_standard_id: OptId = UNSET
    submission_types: OptList = UNSET
    position: OptInt = UNSET
    workflow_state: OptText = UNSET
    published: OptBool = UNSET
    only_visible_to_overrides: OptBool = UNSET
    has_submitted_submissions: OptBool = UNSET
    graded_submissions_exist: OptBool = UNSET
    has_overrides: OptBool = UNSET
    needs_grading_count: OptInt = UNSET
    group_category_id: OptId = UNSET
    grade_group_students_individually: OptBool = UNSET
    peer_reviews: OptBool = UNSET
    automatic_peer_reviews: OptBool = UNSET
    anonymous_peer_reviews: OptBool = UNSET
    intra_group_peer_reviews: OptBool = UNSET
    moderated_grading: OptBool = UNSET
    grader_count: OptInt = UNSET
    final_grader_id: OptId = UNSET
    anonymous_grading: OptBool = UNSET
    anonymize_students: OptBool = UNSET
    post_manually: OptBool = UNSET
    omit_from_final_grade: OptBool = UNSET
    hide_in_gradebook: OptBool = UNSET
    allowed_attempts: OptInt = UNSET
    allowed_extensions: OptList = None  # present only for uploads
    quiz_id: OptId = UNSET
    is_quiz_assignment: OptBool = UNSET
    is_quiz_lti_assignment: OptBool = UNSET
    # Present only while a rubric is attached.
    use_rubric_for_grading: bool | None = None
    rubric_settings: dict[str, object] | None = None
    html_url: OptText = UNSET
    sis_assignment_id: OptText = UNSET
    integration_data: OptDict = UNSET
    post_to_sis: OptBool = UNSET


class OverrideShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"assignment_id", "group_id"})

    id: Id
    title: OptText = UNSET
    student_ids: OptList = UNSET
    course_section_id: OptId = UNSET
    noop_id: OptId = UNSET
    unassign_item: OptBool = UNSET
    # Absent means "not overridden", which must be able to replace a date that was.
    due_at: OptTime = None
    unlock_at: OptTime = None
    lock_at: OptTime = None
    all_day: OptBool = None
    all_day_date: OptDay = None


def assignment_group_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    group = read(payload, AssignmentGroupShape)
    yield Row(
        table="assignment_groups",
        key=group.id,
        values=columns(payload, group),
        links={"course": scope.course},
    )


def assignment_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    """The attached rubric, the assignment, its overrides."""
    assignment = read(payload, AssignmentShape)
    yield from attached_rubric_rows(payload, scope)
    settings = payload.get("rubric_settings")
    links: dict[str, Ref | None] = {
        "course": reference(payload, "course_id") or scope.course,
        "rubric": reference(settings, "id") if isinstance(settings, dict) else None,
    }
    if "assignment_group_id" in payload:
        links["assignment_group"] = reference(payload, "assignment_group_id")
    values = columns(payload, assignment)
    if settings is None and payload.get("rubric"):
        # Criteria of a rubric nobody named have no row they could belong to.
        values["extra"]["rubric"] = payload["rubric"]
    yield Row(
        table="assignments",
        key=assignment.id,
        values=values,
        links=links,
        # Without the right to manage assignments the key is absent, which says nothing.
        whole=("assignment_overrides",) if isinstance(payload.get("overrides"), list) else (),
    )
    for override in items(payload, "overrides"):
        yield _override_row(override, assignment.id)


def _override_row(payload: Payload, assignment: int) -> Row:
    override = read(payload, OverrideShape)
    values = columns(payload, override)
    values["overridden_dates"] = [name for name in _OVERRIDABLE if name in payload]
    if payload.get("assignment_id", assignment) not in (assignment, str(assignment)):
        values["extra"]["assignment_id"] = payload["assignment_id"]
    section = override.course_section_id
    return Row(
        table="assignment_overrides",
        key=override.id,
        values=values,
        links={
            "assignment": assignment,
            "section": section if section is not UNSET else None,
            "group": reference(payload, "group_id"),
        },
    )
