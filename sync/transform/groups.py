"""Group sets, groups and memberships (canvas-api 4.14)."""

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


class CategoryShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"course_id"})

    id: Id
    name: OptText = UNSET
    role: OptText = UNSET
    self_signup: OptText = UNSET
    self_signup_end_at: OptTime = UNSET
    group_limit: OptInt = UNSET
    auto_leader: OptText = UNSET
    created_at: OptTime = UNSET
    context_type: OptText = UNSET
    account_id: OptId = UNSET
    protected: OptBool = UNSET
    allows_multiple_memberships: OptBool = UNSET
    is_member: OptBool = UNSET
    non_collaborative: OptBool = UNSET
    groups_count: OptInt = UNSET
    unassigned_users_count: OptInt = UNSET
    sis_group_category_id: OptText = UNSET
    sis_import_id: OptId = UNSET


class GroupShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"course_id", "group_category_id"})

    id: Id
    name: OptText = UNSET
    description: OptText = UNSET
    is_public: OptBool = UNSET
    join_level: OptText = UNSET
    max_membership: OptInt = UNSET
    created_at: OptTime = UNSET
    members_count: OptInt = UNSET
    storage_quota_mb: OptFloat = UNSET
    context_type: OptText = UNSET
    account_id: OptId = UNSET
    avatar_url: OptText = UNSET
    role: OptText = UNSET
    leader: OptDict = UNSET
    has_submission: OptBool = UNSET
    concluded: OptBool = UNSET
    non_collaborative: OptBool = UNSET
    sis_group_id: OptText = UNSET
    sis_import_id: OptId = UNSET


class MembershipShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"group_id"})

    id: Id
    user_id: OptId = UNSET
    workflow_state: OptText = UNSET
    moderator: OptBool = UNSET
    created_at: OptTime = UNSET
    just_created: OptBool = UNSET
    sis_group_id: OptText = UNSET
    sis_import_id: OptId = UNSET


def category_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    category = read(payload, CategoryShape)
    yield Row(
        table="group_categories",
        key=category.id,
        values=columns(payload, category),
        links={"course": reference(payload, "course_id") or scope.course},
    )


def group_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    group = read(payload, GroupShape)
    yield Row(
        table="groups",
        key=group.id,
        values=columns(payload, group),
        links={
            "course": reference(payload, "course_id") or scope.course,
            "category": reference(payload, "group_category_id") or scope.parent,
        },
    )


def membership_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    membership = read(payload, MembershipShape)
    yield Row(
        table="group_memberships",
        key=membership.id,
        values=columns(payload, membership),
        links={
            "group": reference(payload, "group_id") or scope.parent,
            "student": membership.user_id if membership.user_id is not UNSET else None,
        },
    )
