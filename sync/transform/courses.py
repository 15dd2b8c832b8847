"""Courses with their term, and sections (canvas-api 4.2 to 4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec import UNSET

from sync.transform.rows import Payload, Row, Scope
from sync.transform.shape import (
    Id,
    OptBool,
    OptDict,
    OptFloat,
    OptId,
    OptInt,
    OptText,
    OptTime,
    Shape,
    columns,
    read,
    reference,
)


class TermShape(Shape):
    id: Id
    name: OptText = UNSET
    start_at: OptTime = UNSET
    end_at: OptTime = UNSET
    created_at: OptTime = UNSET
    workflow_state: OptText = UNSET
    grading_period_group_id: OptId = UNSET
    sis_term_id: OptText = UNSET
    sis_import_id: OptId = UNSET
    overrides: OptDict = UNSET


class CourseShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"term"})
    guarded: ClassVar[frozenset[str]] = frozenset({"calendar"})

    id: Id
    enrollment_term_id: OptId = UNSET
    account_id: OptId = UNSET
    root_account_id: OptId = UNSET
    uuid: OptText = UNSET
    name: OptText = UNSET
    original_name: OptText = UNSET
    course_code: OptText = UNSET
    workflow_state: OptText = UNSET
    created_at: OptTime = UNSET
    start_at: OptTime = UNSET
    end_at: OptTime = UNSET
    time_zone: OptText = UNSET
    locale: OptText = UNSET
    default_view: OptText = UNSET
    grading_standard_id: OptId = UNSET
    grade_passback_setting: OptText = UNSET
    is_public: OptBool = UNSET
    is_public_to_auth_users: OptBool = UNSET
    public_syllabus: OptBool = UNSET
    public_syllabus_to_auth: OptBool = UNSET
    apply_assignment_group_weights: OptBool = UNSET
    hide_final_grades: OptBool = UNSET
    restrict_enrollments_to_course_dates: OptBool = UNSET
    blueprint: OptBool = UNSET
    template: OptBool = UNSET
    homeroom_course: OptBool = UNSET
    friendly_name: OptText = UNSET
    course_color: OptText = UNSET
    storage_quota_mb: OptFloat = UNSET
    sis_course_id: OptText = UNSET
    sis_import_id: OptId = UNSET
    total_students: OptInt = UNSET
    concluded: OptBool = UNSET
    access_restricted_by_date: OptBool = UNSET


class SectionShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"course_id"})

    id: Id
    name: OptText = UNSET
    nonxlist_course_id: OptId = UNSET
    start_at: OptTime = UNSET
    end_at: OptTime = UNSET
    restrict_enrollments_to_section_dates: OptBool = UNSET
    sis_section_id: OptText = UNSET
    sis_course_id: OptText = UNSET
    sis_import_id: OptId = UNSET
    created_at: OptTime = UNSET
    total_students: OptInt = UNSET


def course_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    """The term first, then the course.

    A restricted course is only an id and a flag (trap 23): the absent fields keep what is stored. A
    nickname gives way to the real name and stays in `extra` (trap 24).
    """
    course = read(payload, CourseShape)
    values = columns(payload, course)
    restricted = course.access_restricted_by_date is True
    values["access_restricted_by_date"] = restricted
    if not restricted:
        # Left out by Canvas when there is none, which must be able to end the one there was.
        values = {"locale": None, "original_name": None} | values
    if isinstance(course.original_name, str):
        values["extra"]["nickname"] = values.get("name")
        values["name"] = course.original_name
    links: dict[str, int | str | tuple[int | str, ...] | None] = {}
    term = payload.get("term")
    if isinstance(term, dict):
        record = read(term, TermShape)
        yield Row(table="terms", key=record.id, values=columns(term, record))
    elif term is not None:
        values["extra"]["term"] = term
    if course.enrollment_term_id is not UNSET:
        links["term"] = course.enrollment_term_id
    yield Row(table="courses", key=course.id, values=values, links=links)


def section_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    section = read(payload, SectionShape)
    course = reference(payload, "course_id") or scope.course
    yield Row(
        table="sections",
        key=section.id,
        values=columns(payload, section),
        links={"course": course},
    )
