"""Where teaching happens: accounts, terms, courses and sections."""

from __future__ import annotations

from typing import Any

import msgspec


class Account(msgspec.Struct, kw_only=True):
    """An account or sub-account (canvas-api 4.1)."""

    id: int
    name: str
    uuid: str = ""
    parent_account_id: int | None = None
    root_account_id: int | None = None
    default_time_zone: str = "Europe/Zurich"
    default_storage_quota_mb: int = 500
    sis_account_id: str | None = None
    integration_id: str | None = None
    sis_import_id: int | None = None
    lti_guid: str = ""
    workflow_state: str = "active"


class Term(msgspec.Struct, kw_only=True):
    """An enrollment term of the root account (canvas-api 4.3)."""

    id: int
    name: str
    start_at: str | None = None
    end_at: str | None = None
    created_at: str = "2024-01-08T09:00:00Z"
    workflow_state: str = "active"
    grading_period_group_id: int | None = None
    sis_term_id: str | None = None
    sis_import_id: int | None = None
    overrides: dict[str, Any] = {}


class Course(msgspec.Struct, kw_only=True):
    """A course (canvas-api 4.2); `workflow_state` holds the stored value, created and claimed
    included, which the JSON shows as unpublished.

    `hidden_tabs` may name "people" or "quizzes". `restricted_by_date` makes a teacher's token see
    only the stub.
    """

    id: int
    account_id: int
    name: str
    course_code: str | None = None
    enrollment_term_id: int = 1
    workflow_state: str = "available"
    uuid: str = ""
    created_at: str = "2026-06-01T09:00:00Z"
    start_at: str | None = None
    end_at: str | None = None
    time_zone: str = "Europe/Zurich"
    locale: str | None = None
    default_view: str = "modules"
    grading_standard_id: int | None = None
    grade_passback_setting: str | None = None
    is_public: bool = False
    apply_assignment_group_weights: bool = False
    hide_final_grades: bool = False
    restrict_enrollments_to_course_dates: bool = False
    blueprint: bool = False
    course_color: str | None = None
    friendly_name: str | None = None
    syllabus_body: str | None = None
    sis_course_id: str | None = None
    integration_id: str | None = None
    sis_import_id: int | None = None
    hidden_tabs: list[str] = []
    restricted_by_date: bool = False


class Section(msgspec.Struct, kw_only=True):
    """A section of a course (canvas-api 4.4); only active ones are listed."""

    id: int
    course_id: int
    name: str
    nonxlist_course_id: int | None = None
    start_at: str | None = None
    end_at: str | None = None
    restrict_enrollments_to_section_dates: bool | None = None
    sis_section_id: str | None = None
    integration_id: str | None = None
    sis_import_id: int | None = None
    created_at: str = "2026-06-01T09:00:00Z"
    workflow_state: str = "active"
