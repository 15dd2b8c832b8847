"""Sections of a course (canvas-api 4.4)."""

from __future__ import annotations

from simulator.call import Call, Json, Listing
from simulator.errors import bad_request, message
from simulator.views import guards
from simulator.views.fields import Picker
from simulator.world import rows

SECTION = Picker(
    *("id", "name", "course_id", "nonxlist_course_id", "start_at", "end_at"),
    *("restrict_enrollments_to_section_dates", "created_at"),
)


def sections(call: Call, reference: str) -> Listing:
    """GET /courses/:id/sections, by collated name."""
    course = guards.course(call, reference)
    found = guards.alive(call.world.sections.of("course_id", course.id))
    term = call.query.one("search_term")
    if term is not None:
        if len(term) < 2:
            raise bad_request(message("search_term of 2 or more characters is required"))
        found = [row for row in found if term.casefold() in row.name.casefold()]
    found.sort(key=lambda row: (row.name.casefold(), row.id))
    return Listing(rows=found, render=lambda page: [section_json(call, row) for row in page])


def section(call: Call, reference: str) -> Json:
    """GET /sections/:id."""
    return section_json(call, guards.anywhere(call, "sections", reference))


def course_section(call: Call, reference: str, section_reference: str) -> Json:
    """GET /courses/:id/sections/:section_id."""
    course = guards.course(call, reference)
    found = guards.in_course(call, "sections", course, section_reference)
    return section_json(call, found)


def section_json(call: Call, row: rows.Section) -> Json:
    """A section, SIS ids only for those who may see them."""
    record = SECTION(row)
    if call.caller.sis:
        record["sis_section_id"] = row.sis_section_id
        record["sis_course_id"] = call.world.courses[row.course_id].sis_course_id
        record["integration_id"] = row.integration_id
        record["sis_import_id"] = row.sis_import_id
    if "total_students" in call.includes:
        record["total_students"] = _student_count(call, row)
    return record


def _student_count(call: Call, row: rows.Section) -> int:
    return len(
        {
            enrollment.user_id
            for enrollment in call.world.enrollments.of("course_id", row.course_id)
            if enrollment.course_section_id == row.id
            and enrollment.type == "StudentEnrollment"
            and enrollment.workflow_state in ("active", "invited")
        }
    )
