"""What an event says of its record, by event name (canvas-api 6.5).

Ids are global or local as the Canvas source has them, which differs between events: the section of
an enrollment is global, the same section in an event of its own local.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.live_events.bodies import grading, people, places, teams, work
from simulator.live_events.envelope import Body
from simulator.world.world import World

# Called with the world, the row, and the earlier values of those of its fields that changed.
Write = Callable[[World, Any, Mapping[str, Any]], Body]

# The table an event is about, and who writes its body.
BODIES: dict[str, tuple[str, Write]] = {
    "course_created": ("courses", places.course),
    "course_updated": ("courses", places.course),
    "course_section_created": ("sections", places.section),
    "course_section_updated": ("sections", places.section),
    "user_created": ("users", people.user),
    "user_updated": ("users", people.user),
    "user_account_association_created": ("users", people.association),
    "enrollment_created": ("enrollments", people.enrollment),
    "enrollment_updated": ("enrollments", people.enrollment),
    "enrollment_state_created": ("enrollments", people.enrollment_state),
    "enrollment_state_updated": ("enrollments", people.enrollment_state),
    "course_grade_change": ("enrollments", people.totals),
    "assignment_created": ("assignments", work.assignment),
    "assignment_updated": ("assignments", work.assignment),
    "assignment_group_created": ("assignment_groups", work.assignment_group),
    "assignment_group_updated": ("assignment_groups", work.assignment_group),
    "assignment_override_created": ("assignment_overrides", work.override),
    "assignment_override_updated": ("assignment_overrides", work.override),
    "submission_created": ("submissions", grading.submission),
    "submission_updated": ("submissions", grading.submission),
    "submission_comment_created": ("submission_comments", grading.comment),
    "grade_change": ("submissions", grading.grade_change),
    "rubric_assessed": ("submissions", grading.rubric_assessed),
    "group_category_created": ("group_categories", teams.category),
    "group_category_updated": ("group_categories", teams.category),
    "group_created": ("groups", teams.group),
    "group_updated": ("groups", teams.group),
    "group_membership_created": ("group_memberships", teams.membership),
    "group_membership_updated": ("group_memberships", teams.membership),
}
