"""Group sets, groups and memberships (canvas-api 4.14)."""

from __future__ import annotations

import msgspec


class GroupCategory(msgspec.Struct, kw_only=True):
    """A group set."""

    id: int
    course_id: int
    name: str
    role: str | None = None
    self_signup: str | None = None
    group_limit: int | None = None
    auto_leader: str | None = None
    created_at: str = "2026-08-21T10:00:00Z"
    sis_group_category_id: str | None = None
    sis_import_id: int | None = None
    workflow_state: str = "active"


class Group(msgspec.Struct, kw_only=True):
    """A group of a set."""

    id: int
    course_id: int
    group_category_id: int
    name: str
    description: str | None = None
    is_public: bool = False
    join_level: str = "invitation_only"
    max_membership: int | None = None
    created_at: str = "2026-08-21T10:05:00Z"
    leader_id: int | None = None
    sis_group_id: str | None = None
    sis_import_id: int | None = None
    workflow_state: str = "available"


class GroupMembership(msgspec.Struct, kw_only=True):
    """A person's place in a group; deleted ones are never listed."""

    id: int
    group_id: int
    course_id: int
    user_id: int
    workflow_state: str = "accepted"
    moderator: bool = False
    created_at: str = "2026-08-21T10:06:00Z"
