"""THE TABLE: every Canvas endpoint a course sync reads, in foreign-key order.

A source waits for those in `after`, so that its rows find their parents; sources that do not wait
for each other are read at the same time. `needs` are those without which reading it makes no sense.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from canvas.types import ENROLLMENT_STATES
from sync import tables
from sync.errors import BadOrderError
from sync.proof import Mode
from sync.transform.assignments import assignment_group_rows, assignment_rows
from sync.transform.courses import course_rows, section_rows
from sync.transform.groups import category_rows, group_rows, membership_rows
from sync.transform.people import enrollment_rows
from sync.transform.plain import Plain
from sync.transform.quizzes import classic_quiz_rows, new_quiz_rows
from sync.transform.rows import Scope, Transform
from sync.transform.rubrics import listed_rubric_rows
from sync.transform.submissions import PLAIN, submission_rows

Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One endpoint.

    `path` has the places `{course}` and `{parent}`; `per` names the table whose rows are the
    parents, one listing each. `feeds` are the tables its payloads make rows for. A source that is
    `optional` may be missing in a Canvas (403, 404), or not show where its list ends: that is an
    answer, but it proves nothing. `embeds` are child tables of which every record must carry the
    whole list: a record that does not shows that Canvas dropped what was asked for (trap 5).
    `optional_includes` are pairs of an include and the table it feeds: left out, the first one
    first, when Canvas cannot bear even small pages (trap 21). `ways`: how what changed can be read
    instead of everything, the better way first (see `sync.agenda`); none where Canvas has no
    filter, and where hashes make a full reading cheap. `plain`: what most of many records
    are, which are then read column by column.
    """

    name: str
    path: str
    transform: Transform
    feeds: tuple[str, ...]
    params: Params = ()
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    per: str = ""
    listing: bool = True
    optional: bool = False
    embeds: tuple[str, ...] = ()
    optional_includes: Params = ()
    ways: tuple[Mode, ...] = ()
    plain: Plain | None = None

    @property
    def table(self) -> str:
        """The table its own records go to, as opposed to what is embedded in them."""
        return self.name if self.name in self.feeds else self.feeds[-1]

    @property
    def dated(self) -> frozenset[str]:
        """Tables that no other source tells of: each of their rows is told whole, at one time."""
        others = {table for source in PLAN if source is not self for table in source.feeds}
        return frozenset(self.feeds) - others

    @property
    def resources(self) -> tuple[str, ...]:
        """What the tables it feeds are called in reports."""
        return tuple(tables.BY_NAME[table].reported_as for table in self.feeds)

    def path_for(self, scope: Scope) -> str:
        return self.path.format(course=scope.course, parent=scope.parent)


def _many(name: str, values: Iterable[str]) -> Params:
    return tuple((f"{name}[]", value) for value in values)


PLAN: tuple[Source, ...] = (
    Source(
        name="course",
        path="/api/v1/courses/{course}",
        params=_many("include", ("term", "total_students")),
        transform=course_rows,
        feeds=("terms", "courses"),
        listing=False,
    ),
    Source(
        name="sections",
        path="/api/v1/courses/{course}/sections",
        transform=section_rows,
        feeds=("sections",),
        after=("course",),
    ),
    Source(
        name="enrollments",
        path="/api/v1/courses/{course}/enrollments",
        params=_many("state", ENROLLMENT_STATES),
        transform=enrollment_rows,
        feeds=("users", "enrollments"),
        after=("course", "sections"),
    ),
    Source(
        name="group_categories",
        path="/api/v1/courses/{course}/group_categories",
        transform=category_rows,
        feeds=("group_categories",),
        after=("course",),
    ),
    # Per set, because the course's own list is cut down silently when the People tab is off (trap
    # 38).
    Source(
        name="groups",
        path="/api/v1/group_categories/{parent}/groups",
        transform=group_rows,
        feeds=("groups",),
        after=("group_categories",),
        needs=("group_categories",),
        per="group_categories",
    ),
    Source(
        name="group_memberships",
        path="/api/v1/groups/{parent}/memberships",
        transform=membership_rows,
        feeds=("group_memberships",),
        after=("groups", "enrollments"),
        needs=("groups",),
        per="groups",
        # A request for each group, most of a quiet course's: only of groups that changed.
        ways=(Mode.CHANGED_PARENTS,),
    ),
    Source(
        name="assignment_groups",
        path="/api/v1/courses/{course}/assignment_groups",
        # The default would compute dates for the token's user (trap 40).
        params=(("override_assignment_dates", "false"),),
        transform=assignment_group_rows,
        feeds=("assignment_groups",),
        after=("course",),
    ),
    Source(
        name="rubrics",
        path="/api/v1/courses/{course}/rubrics",
        transform=listed_rubric_rows,
        feeds=("rubrics", "rubric_criteria", "rubric_ratings"),
        after=("course",),
    ),
    Source(
        name="assignments",
        path="/api/v1/courses/{course}/assignments",
        params=(*_many("include", ("overrides",)), ("override_assignment_dates", "false")),
        transform=assignment_rows,
        feeds=(
            "rubrics",
            "rubric_criteria",
            "rubric_ratings",
            "assignments",
            "assignment_overrides",
        ),
        embeds=("assignment_overrides",),
        optional_includes=(("overrides", "assignment_overrides"),),
        after=("assignment_groups", "rubrics", "sections", "groups"),
    ),
    # Flat and ascending: paged by bookmark, cheap at any depth, concluded students included (trap
    # 47).
    Source(
        name="submissions",
        path="/api/v1/courses/{course}/students/submissions",
        params=(
            *_many("student_ids", ("all",)),
            *_many("include", ("submission_comments", "rubric_assessment")),
        ),
        transform=submission_rows,
        plain=PLAIN,
        feeds=("submissions", "submission_comments", "rubric_assessments"),
        embeds=("submission_comments",),
        # In this order: a record with comments was asked for its assessment, too.
        optional_includes=(
            ("submission_comments", "submission_comments"),
            ("rubric_assessment", "rubric_assessments"),
        ),
        after=("assignments", "enrollments"),
        needs=("assignments",),
        ways=(Mode.UPDATED_SINCE, Mode.SUBMITTED_SINCE, Mode.CHANGED_PARENTS),
    ),
    Source(
        name="quizzes",
        path="/api/v1/courses/{course}/quizzes",
        transform=classic_quiz_rows,
        feeds=("quizzes",),
        after=("assignments",),
    ),
    Source(
        name="new_quizzes",
        path="/api/quiz/v1/courses/{course}/quizzes",
        transform=new_quiz_rows,
        feeds=("new_quizzes",),
        after=("assignments",),
        optional=True,
    ),
)
BY_NAME: dict[str, Source] = {source.name: source for source in PLAN}


def selectable() -> tuple[str, ...]:
    """The words `--only` takes: sources and the tables they feed."""
    words = dict.fromkeys(name for source in PLAN for name in (source.name, *source.feeds))
    return tuple(words)


def select(only: Iterable[str] = ()) -> tuple[Source, ...]:
    """The sources to read for the resources in `only`, all of them for an empty one.

    The course itself and what a source needs are always among them. Raises BadOrderError.
    """
    wanted = set(only)
    if unknown := sorted(wanted - set(selectable())):
        raise BadOrderError(
            f"unknown resource {', '.join(unknown)}; choose from {', '.join(selectable())}"
        )
    if not wanted:
        return PLAN
    chosen = {"course"} | {s.name for s in PLAN if wanted & {s.name, *s.feeds, *s.resources}}
    for source in reversed(PLAN):
        if source.name in chosen:
            chosen |= {*source.needs}
    return tuple(source for source in PLAN if source.name in chosen)
