"""Who takes part: users and their enrollments."""

from __future__ import annotations

import msgspec


class User(msgspec.Struct, kw_only=True):
    """A person (canvas-api 4.5)."""

    id: int
    name: str
    sortable_name: str
    short_name: str
    created_at: str = "2025-08-18T07:30:00Z"
    sis_user_id: str | None = None
    integration_id: str | None = None
    sis_import_id: int | None = None
    login_id: str | None = None
    email: str | None = None
    uuid: str = ""
    time_zone: str = "Europe/Zurich"
    locale: str | None = None
    bio: str | None = None
    pronouns: str | None = None
    last_login: str | None = None
    workflow_state: str = "registered"
    merged_into_user_id: int | None = None


class Enrollment(msgspec.Struct, kw_only=True):
    """One row per person, section and role (canvas-api 4.6).

    `workflow_state` is stored; the JSON says deleted when the section is. The scores are kept
    in percent as Canvas's grade calculator leaves them.
    """

    id: int
    user_id: int
    course_id: int
    course_section_id: int
    type: str = "StudentEnrollment"
    role: str = "StudentEnrollment"
    role_id: int = 3
    workflow_state: str = "active"
    associated_user_id: int | None = None
    limit_privileges_to_course_section: bool = False
    created_at: str = "2026-08-20T10:00:00Z"
    updated_at: str = "2026-08-20T10:00:00Z"
    start_at: str | None = None
    end_at: str | None = None
    last_activity_at: str | None = None
    last_attended_at: str | None = None
    total_activity_time: int = 0
    sis_import_id: int | None = None
    current_score: float | None = None
    final_score: float | None = None
