"""Group sets, groups and memberships (canvas-api 4.14)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from canvas.models import columns
from canvas.models.course import CanvasCourse
from canvas.models.mirrored import MirroredRow
from canvas.models.people import CanvasUser
from canvas.models.querysets import GroupQuerySet, MembershipQuerySet


class CanvasGroupCategory(MirroredRow):
    course = models.ForeignKey(
        CanvasCourse,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="group_categories",
    )
    name = columns.text()
    role = columns.text()
    self_signup = columns.text()
    self_signup_end_at = columns.instant()
    group_limit = columns.whole()
    auto_leader = columns.text()
    created_at = columns.instant()
    context_type = columns.text()
    account_id = columns.canvas_id()
    protected = columns.flag()
    allows_multiple_memberships = columns.flag()
    is_member = columns.flag()
    non_collaborative = columns.flag()
    groups_count = columns.whole()
    unassigned_users_count = columns.whole()
    sis_group_category_id = columns.text()
    sis_import_id = columns.canvas_id()

    class Meta(MirroredRow.Meta):
        pass


class CanvasGroup(MirroredRow):
    course = models.ForeignKey(
        CanvasCourse, on_delete=models.CASCADE, null=True, blank=True, related_name="groups"
    )
    category = models.ForeignKey(
        CanvasGroupCategory,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="groups",
    )
    name = columns.text()
    description = columns.prose()
    is_public = columns.flag()
    join_level = columns.text()
    max_membership = columns.whole()
    created_at = columns.instant()
    members_count = columns.whole()
    storage_quota_mb = columns.number()
    context_type = columns.text()
    account_id = columns.canvas_id()
    avatar_url = columns.text()
    role = columns.text()
    leader = columns.document()
    has_submission = columns.flag()
    concluded = columns.flag()
    non_collaborative = columns.flag()
    sis_group_id = columns.text()
    sis_import_id = columns.canvas_id()

    objects: ClassVar = GroupQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass


class CanvasGroupMembership(MirroredRow):
    course_path: ClassVar[str] = "group__course"

    group = models.ForeignKey(CanvasGroup, on_delete=models.CASCADE, related_name="memberships")
    student = models.ForeignKey(
        CanvasUser,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="group_memberships",
    )
    user_id = columns.canvas_id(index=True)
    workflow_state = columns.text()
    moderator = columns.flag()
    created_at = columns.instant()
    just_created = columns.flag()
    sis_group_id = columns.text()
    sis_import_id = columns.canvas_id()

    objects: ClassVar = MembershipQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        pass
