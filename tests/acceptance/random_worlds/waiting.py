"""Which changes a reading of changes does not see: they wait for a full one (docs/freshness.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simulator.world.world import World
from sync.report import RunReport
from tests.acceptance.changes import living
from tests.acceptance.random_worlds.changes import COURSE, OTHER

_ALWAYS: Final = frozenset({"add_comment", "edit_comment", "delete_comment", "remove", "demo"})
# One who comes and one who leaves between two runs: the group's count is what it was.
_MEMBERS: Final = frozenset({"add_group", "move_member"})
_WAY: Final = "updated_since"


class Waiting:
    """What happened since the last quiet sync, and which courses must be read in full for it."""

    def __init__(self) -> None:
        self._courses: set[int] = set()
        self._members, self._any = 0, False

    def __contains__(self, course: int) -> bool:
        return course in self._courses

    def happened(self, op: str, fields: Mapping[str, Any], world: World) -> None:
        self._any = True
        self._members += op in _MEMBERS
        by_hand = op == "set" and fields["table"] == "submissions"
        if op in _ALWAYS or by_hand or self._swapped(op, world):
            self._courses |= {COURSE, OTHER}

    def read(self, report: RunReport) -> None:
        """Where Canvas refused the better way, its second one saw new grades and attempts only."""
        if self._any and report.modes.get("submissions", _WAY) == "submitted_since":
            self._courses.add(report.course)

    def left_out(self, course: int) -> None:
        """An answer had no trace of the rows it left out: what was new among them is not missed."""
        self._courses.add(course)

    def is_over(self, course: int, *, full: bool) -> None:
        """A quiet sync of the course came to its end."""
        if full:
            self._courses.discard(course)

    def begin_anew(self) -> None:
        """All courses were synced quietly."""
        self._members, self._any = 0, False

    def _swapped(self, op: str, world: World) -> bool:
        if op not in _MEMBERS:
            return False
        overrides = living(world, "assignment_overrides")
        return self._members > 1 or any(row.group_id is not None for row in overrides)
