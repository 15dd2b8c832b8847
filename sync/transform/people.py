"""Enrollments with the people in them (canvas-api 4.5 and 4.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from msgspec import UNSET

from sync.transform.rows import Payload, Ref, Row, Scope
from sync.transform.shape import (
    Finite,
    Id,
    OptBool,
    OptDict,
    OptId,
    OptInt,
    OptText,
    OptTime,
    Shape,
    columns,
    read,
    reference,
)


class UserShape(Shape):
    id: Id
    name: OptText = UNSET
    sortable_name: OptText = UNSET
    short_name: OptText = UNSET
    created_at: OptTime = UNSET
    sis_user_id: OptText = UNSET
    sis_import_id: OptId = UNSET
    login_id: OptText = UNSET
    email: OptText = UNSET
    avatar_url: OptText = UNSET
    last_login: OptTime = UNSET
    time_zone: OptText = UNSET
    locale: OptText = UNSET
    pronouns: OptText = UNSET
    uuid: OptText = UNSET
    merged_into_user_id: OptId = UNSET


class EnrollmentShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"course_id", "user"})

    id: Id
    user_id: OptId = UNSET
    course_section_id: OptId = UNSET
    root_account_id: OptId = UNSET
    associated_user_id: OptId = UNSET
    type: OptText = UNSET
    role: OptText = UNSET
    role_id: OptId = UNSET
    enrollment_state: OptText = UNSET
    limit_privileges_to_course_section: OptBool = UNSET
    created_at: OptTime = UNSET
    updated_at: OptTime = UNSET
    start_at: OptTime = UNSET
    end_at: OptTime = UNSET
    last_activity_at: OptTime = UNSET
    last_attended_at: OptTime = UNSET
    total_activity_time: OptInt = UNSET
    html_url: OptText = UNSET
    sis_account_id: OptText = UNSET
    sis_course_id: OptText = UNSET
    sis_section_id: OptText = UNSET
    sis_user_id: OptText = UNSET
    sis_import_id: OptId = UNSET
    grades: OptDict = UNSET


class _Grades(Shape):
    """The numbers of `grades` that have columns of their own."""

    current_score: Finite | None = None
    current_grade: str | None = None
    final_score: Finite | None = None
    final_grade: str | None = None


def enrollment_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    """The person, then the enrollment; who has two enrollments comes twice (trap 31)."""
    enrollment = read(payload, EnrollmentShape)
    person = payload.get("user")
    if isinstance(person, dict):
        yield user_row(person)
    values = columns(payload, enrollment)
    if person is not None and not isinstance(person, dict):
        values["extra"]["user"] = person
    if isinstance(enrollment.grades, dict):
        values |= _scores(enrollment.grades)
    links: dict[str, Ref | None] = {"course": reference(payload, "course_id") or scope.course}
    if enrollment.user_id is not UNSET:
        links["student"] = enrollment.user_id
    if enrollment.course_section_id is not UNSET:
        links["section"] = enrollment.course_section_id
    yield Row(table="enrollments", key=enrollment.id, values=values, links=links)


def user_row(payload: Payload) -> Row:
    user = read(payload, UserShape)
    return Row(table="users", key=user.id, values=columns(payload, user))


def _scores(grades: Payload) -> dict[str, Any]:
    numbers = read(grades, _Grades)
    return {name: getattr(numbers, name) for name in _Grades.__struct_fields__ if name in grades}
