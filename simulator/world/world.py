"""The world: all tables of one simulated Canvas, its clock and its lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from simulator.clock import DAY_S, Clock, epoch, iso
from simulator.world import rows
from simulator.world.tables import Table

ID_BLOCK = 1_000_000
ROOT_ACCOUNT_ID = 1
ADMIN_USER_ID = 1


class World:
    """Everything the simulated Canvas knows. Hold `lock` while reading or changing it.

    `is_made`: its first moment has come, and what is written from now on shows when.

    Ids of a course's rows are course id times a million plus a running number, so a course can
    be made when it is first asked for and still get the ids it always gets.
    """

    def __init__(self, preset: str, *, seed: int, clock: Clock) -> None:
        self.preset, self.seed, self.clock = preset, seed, clock
        self.lock = threading.RLock()
        self.makers: dict[int, Callable[[World, rows.Course], None]] = {}
        self.last_ids: dict[tuple[str, int], int] = {}
        self.files: dict[int, dict[str, Any]] = {}
        self.launches = 0
        self.page_limit = 100  # the most records a page; an installation may want fewer
        self.is_made = False
        self.teacher_id = ADMIN_USER_ID
        self._make_places()
        self._make_work()

    def _make_places(self) -> None:
        self.accounts: Table[rows.Account] = Table("accounts")
        self.terms: Table[rows.Term] = Table("terms")
        self.courses: Table[rows.Course] = Table("courses")
        self.sections: Table[rows.Section] = Table("sections", "course_id")
        self.users: Table[rows.User] = Table("users")
        self.enrollments: Table[rows.Enrollment] = Table("enrollments", "course_id", "user_id")
        self.group_categories: Table[rows.GroupCategory] = Table("group_categories", "course_id")
        self.groups: Table[rows.Group] = Table("groups", "course_id", "group_category_id")
        self.group_memberships: Table[rows.GroupMembership] = Table(
            "group_memberships", "course_id", "group_id", "user_id"
        )

    def _make_work(self) -> None:
        self.assignment_groups: Table[rows.AssignmentGroup] = Table(
            "assignment_groups", "course_id"
        )
        self.assignments: Table[rows.Assignment] = Table("assignments", "course_id", "rubric_id")
        self.assignment_overrides: Table[rows.Override] = Table(
            "assignment_overrides", "course_id", "assignment_id"
        )
        self.submissions: Table[rows.Submission] = Table(
            "submissions", "course_id", "assignment_id", "user_id"
        )
        self.submission_comments: Table[rows.SubmissionComment] = Table(
            "submission_comments", "course_id", "submission_id"
        )
        self.quizzes: Table[rows.Quiz] = Table("quizzes", "course_id")
        self.rubrics: Table[rows.Rubric] = Table("rubrics", "course_id")

    def table(self, name: str) -> Table[Any]:
        """A table by its name. Raises KeyError for a name that is none."""
        found = getattr(self, name, None)
        if not isinstance(found, Table):
            raise KeyError(f"the world has no table {name!r}")
        return found

    def tables(self) -> list[Table[Any]]:
        """All tables."""
        return [member for member in vars(self).values() if isinstance(member, Table)]

    def now(self) -> str:
        """World time as stamped on rows."""
        return self.clock.now()

    def go_to(self, now_s: float) -> None:
        """Set the clock to seconds since 1970; the terms, by whole days, lie about it as before."""
        passed_s = now_s - self.clock.now_s()
        self.clock.advance(passed_s)
        days_s = passed_s // DAY_S * DAY_S
        for term in self.terms:
            term.start_at = term.start_at and iso(epoch(term.start_at) + days_s)
            term.end_at = term.end_at and iso(epoch(term.end_at) + days_s)

    def new_id(self, table: str, course_id: int) -> int:
        """The next id of a table in a course's block."""
        key = (table, course_id)
        self.last_ids[key] = self.last_ids.get(key, course_id * ID_BLOCK) + 1
        while self.last_ids[key] in self.table(table):
            self.last_ids[key] += 1
        return self.last_ids[key]

    def ensure(self, course_id: int) -> None:
        """Make the rows of a course that was only announced so far."""
        maker = self.makers.pop(course_id, None)
        if maker is not None:
            maker(self, self.courses[course_id])

    def ensure_all(self) -> None:
        """Make every course that was only announced so far."""
        for course_id in list(self.makers):
            self.ensure(course_id)

    def find(self, table: str, row_id: int) -> Any | None:
        """A row of any course by id, its course made first when need be."""
        self.ensure(row_id // ID_BLOCK)
        return self.table(table).get(row_id)
