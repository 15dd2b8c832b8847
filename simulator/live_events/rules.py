"""THE TABLE: which event Canvas sends after which change to which table (canvas-api 6.5).

Closed: every table of the world is here, those that Canvas is silent about with no rules. An
updated row is told of when a field of the event's body changed; a deletion is such an update.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from simulator.live_events.changes import Change
from simulator.world.world import World

SCORES_JOB = "Enrollment.recompute_final_score"
POINTS_JOB = "Assignment#update_grades_if_details_changed"


def always(change: Change) -> bool:
    """For every such change."""
    return True


def itself(world: World, change: Change) -> Iterator[Change]:
    """The event is about the changed row."""
    yield change


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An event that follows when one of `fields` changed (of a new row: always) and `holds` says
    so, about the rows that `about` names; with `job` it comes from a background job."""

    event: str
    fields: tuple[str, ...] = ()
    holds: Callable[[Change], bool] = always
    about: Callable[[World, Change], Iterator[Change]] = itself
    job: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What Canvas says of a table. It says nothing of rows that are dropped for good."""

    created: tuple[Rule, ...] = ()
    updated: tuple[Rule, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that is watched, each once."""
        return tuple(dict.fromkeys(name for rule in self.updated for name in rule.fields))


def _handed_in(change: Change) -> bool:
    return change.lives and change.row.submitted_at is not None and "attempt" in change.old


def _edited(change: Change) -> bool:
    idle = change.row.workflow_state == "unsubmitted"
    return change.lives and not idle and not _handed_in(change)


def _lives(change: Change) -> bool:
    return change.lives


def _assessed(change: Change) -> bool:
    return change.lives and change.row.rubric_assessment is not None


def _graded_ones(world: World, change: Change) -> Iterator[Change]:
    """The graded submissions of an assignment whose points changed."""
    for row in world.submissions.of("assignment_id", change.row.id):
        if row.workflow_state == "graded":
            yield Change(table="submissions", row=row, old=change.old)


SUBMISSION_FIELDS = (
    *("attempt", "submitted_at", "graded_at", "score", "grade", "submission_type"),
    *("body", "url", "posted_at", "workflow_state"),
)
ASSIGNMENT_FIELDS = (
    *("name", "description", "due_at", "unlock_at", "lock_at", "points_possible"),
    *("assignment_group_id", "submission_types", "workflow_state"),
)

RULES: Mapping[str, Rules] = {
    "accounts": Rules(),
    "terms": Rules(),
    "courses": Rules(
        created=(Rule(event="course_created"),),
        updated=(
            Rule(event="course_updated", fields=("uuid", "account_id", "name", "workflow_state")),
        ),
    ),
    "sections": Rules(
        created=(Rule(event="course_section_created"),),
        updated=(
            Rule(
                event="course_section_updated",
                fields=(
                    *("course_id", "nonxlist_course_id", "name", "start_at", "end_at"),
                    *("sis_section_id", "integration_id", "restrict_enrollments_to_section_dates"),
                    "workflow_state",
                ),
            ),
        ),
    ),
    "users": Rules(
        created=(Rule(event="user_created"), Rule(event="user_account_association_created")),
        updated=(
            Rule(
                event="user_updated",
                fields=("name", "short_name", "uuid", "login_id", "sis_user_id", "workflow_state"),
            ),
        ),
    ),
    # Another course or user of an enrollment is written by bulk SQL: no event.
    "enrollments": Rules(
        created=(Rule(event="enrollment_created"), Rule(event="enrollment_state_created")),
        updated=(
            Rule(
                event="enrollment_updated",
                fields=(
                    *("type", "workflow_state", "limit_privileges_to_course_section"),
                    "associated_user_id",
                ),
            ),
            Rule(event="enrollment_state_updated", fields=("workflow_state", "end_at")),
            Rule(
                event="course_grade_change",
                fields=("current_score", "final_score"),
                job=SCORES_JOB,
            ),
        ),
    ),
    "assignment_groups": Rules(
        created=(Rule(event="assignment_group_created"),),
        updated=(
            Rule(
                event="assignment_group_updated",
                fields=("name", "position", "group_weight", "rules", "workflow_state"),
            ),
        ),
    ),
    "assignments": Rules(
        created=(Rule(event="assignment_created"),),
        updated=(
            Rule(event="assignment_updated", fields=ASSIGNMENT_FIELDS),
            Rule(
                event="grade_change",
                fields=("points_possible",),
                about=_graded_ones,
                job=POINTS_JOB,
            ),
        ),
    ),
    "assignment_overrides": Rules(
        created=(Rule(event="assignment_override_created"),),
        updated=(
            Rule(
                event="assignment_override_updated",
                fields=("dates", "course_section_id", "group_id", "workflow_state"),
            ),
        ),
    ),
    # Rows that come or go with an assignment or a person are written by bulk SQL: no event.
    "submissions": Rules(
        updated=(
            Rule(event="submission_created", fields=SUBMISSION_FIELDS, holds=_handed_in),
            Rule(event="submission_updated", fields=SUBMISSION_FIELDS, holds=_edited),
            Rule(event="grade_change", fields=("score", "grade", "excused"), holds=_lives),
            Rule(event="rubric_assessed", fields=("rubric_assessment",), holds=_assessed),
        ),
    ),
    "submission_comments": Rules(created=(Rule(event="submission_comment_created"),)),
    "group_categories": Rules(
        created=(Rule(event="group_category_created"),),
        updated=(Rule(event="group_category_updated", fields=("name", "group_limit")),),
    ),
    "groups": Rules(
        created=(Rule(event="group_created"),),
        updated=(
            Rule(
                event="group_updated",
                fields=("name", "group_category_id", "max_membership", "workflow_state"),
            ),
        ),
    ),
    "group_memberships": Rules(
        created=(Rule(event="group_membership_created"),),
        updated=(Rule(event="group_membership_updated", fields=("group_id", "workflow_state")),),
    ),
    "quizzes": Rules(),
    "rubrics": Rules(),
}

WATCHED: Mapping[str, tuple[str, ...]] = {
    table: rules.fields for table, rules in RULES.items() if rules.created or rules.updated
}
EVERYTHING = frozenset(WATCHED)
# Operations that write some tables by bulk SQL, or by hand past Canvas: no event for these tables.
SILENT: Mapping[str, frozenset[str]] = {
    "set": EVERYTHING,
    "remove": EVERYTHING,
    "merge_users": EVERYTHING - {"users"},
    "crosslist_section": frozenset({"group_memberships"}),
    "delete_assignment": frozenset({"assignment_overrides"}),
    "delete_group": frozenset({"group_memberships"}),
}
