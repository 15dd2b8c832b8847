"""What is asked of groups and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef

from canvas.models.querysets.mirror import MirrorQuerySet
from canvas.models.querysets.parents import key_of

if TYPE_CHECKING:
    from canvas.models.people import CanvasUser

_Row = TypeVar("_Row", bound=models.Model)


class GroupQuerySet(MirrorQuerySet[_Row]):
    def for_student(self, student: CanvasUser | int) -> Self:
        """Groups one person is a member of, in any state; each group once.

        A membership that Canvas no longer lists does not count: it says nothing about the group.
        """
        membership: Any = self.model._meta.get_field("memberships").related_model
        mine = membership._default_manager.filter(
            group=OuterRef("pk"), student=key_of(student, of="CanvasUser"), deleted_at__isnull=True
        )
        return self.filter(Exists(mine))


class MembershipQuerySet(MirrorQuerySet[_Row]):
    def active(self) -> Self:
        """`workflow_state` accepted: neither invited nor asking. Source: canvas-api 4.14."""
        return self.filter(workflow_state="accepted")

    def for_student(self, student: CanvasUser | int) -> Self:
        return self.filter(student=key_of(student, of="CanvasUser"))

    def with_student_info(self) -> Self:
        """`membership.student` asks nothing more, in the same query."""
        return self.select_related("student")
