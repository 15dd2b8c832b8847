"""Bodies of courses and sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.live_events.envelope import Body, global_id, local_id
from simulator.world import rows
from simulator.world.world import ROOT_ACCOUNT_ID, World


def course(world: World, row: rows.Course, old: Mapping[str, Any]) -> Body:
    """A course; deleted ones come as updated."""
    return {
        "course_id": global_id(row.id),
        "uuid": row.uuid,
        "account_id": global_id(row.account_id),
        "name": row.name,
        "created_at": row.created_at,
        "updated_at": world.now(),
        "workflow_state": row.workflow_state,
    }


def section(world: World, row: rows.Section, old: Mapping[str, Any]) -> Body:
    """A section, every id local."""
    course = world.courses[row.course_id]
    return {
        "course_section_id": local_id(row.id),
        "sis_source_id": row.sis_section_id,
        "sis_batch_id": local_id(row.sis_import_id),
        "course_id": local_id(row.course_id),
        "root_account_id": local_id(ROOT_ACCOUNT_ID),
        "enrollment_term_id": local_id(course.enrollment_term_id),
        "name": row.name,
        "default_section": False,
        "accepting_enrollments": None,
        "can_manually_enroll": None,
        "start_at": row.start_at,
        "end_at": row.end_at,
        "workflow_state": row.workflow_state,
        "restrict_enrollments_to_section_dates": row.restrict_enrollments_to_section_dates,
        "nonxlist_course_id": local_id(row.nonxlist_course_id),
        "stuck_sis_fields": [],
        "integration_id": row.integration_id,
    }
