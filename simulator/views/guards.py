"""From a path's id to the row a caller may see, or Canvas's refusal."""

from __future__ import annotations

from typing import Any

from simulator.call import Call
from simulator.clock import epoch
from simulator.errors import not_found
from simulator.world import rows

SHARD = 10_000_000_000_000
SIS_COLUMNS = {
    "accounts": ("sis_account_id", "sis_account_id"),
    "courses": ("sis_course_id", "sis_course_id"),
    "sections": ("sis_section_id", "sis_section_id"),
    "users": ("sis_user_id", "sis_user_id"),
    "groups": ("sis_group_id", "sis_group_id"),
    "group_categories": ("sis_group_category_id", "sis_group_category_id"),
    "terms": ("sis_term_id", "sis_term_id"),
}


def row_id(reference: str) -> int:
    """A numeric id or the shard~local form. Raises Refusal for anything else."""
    shard, tilde, local = reference.partition("~")
    if tilde and shard.isdigit() and local.isdigit():
        return int(shard) * SHARD + int(local)
    if not reference.isdigit():
        raise not_found()
    return int(reference)


def lookup(call: Call, table: str, reference: str) -> Any | None:
    """A row by id or by its sis_…: form (canvas-api 0.3), whatever its state."""
    prefix, colon, value = reference.partition(":")
    if not colon:
        return call.world.find(table, row_id(reference))
    name, column = SIS_COLUMNS[table]
    if prefix.lower() != name:
        raise not_found()
    matches = (row for row in call.world.table(table) if getattr(row, column) == value)
    return next(matches, None)


def account(call: Call, reference: str) -> rows.Account:
    """An account the caller administers. Raises Refusal otherwise."""
    found = lookup(call, "accounts", "1" if reference in ("self", "default") else reference)
    if found is None or found.workflow_state == "deleted":
        raise not_found()
    call.caller.require_admin()
    assert isinstance(found, rows.Account)
    return found


def course(call: Call, reference: str) -> rows.Course:
    """A living course whose content the caller may read. Raises Refusal otherwise."""
    found = any_course(call, reference)
    if found.workflow_state == "deleted":
        raise not_found()
    if is_stub(call, found):
        raise call.caller.refusal()
    return found


def any_course(call: Call, reference: str) -> rows.Course:
    """A course in any state that the caller takes part in, its rows made."""
    found = lookup(call, "courses", reference)
    if found is None:
        raise not_found()
    assert isinstance(found, rows.Course)
    call.world.ensure(found.id)
    if not call.caller.admin and not own_enrollments(call, found):
        raise call.caller.refusal()
    return found


def is_stub(call: Call, course_row: rows.Course) -> bool:
    """Whether the caller gets only the access_restricted_by_date stub (canvas-api 4.2)."""
    return course_row.restricted_by_date and not call.caller.admin


def own_enrollments(call: Call, course_row: rows.Course) -> list[rows.Enrollment]:
    """The caller's own live enrollments in a course."""
    mine = call.world.enrollments.of("user_id", call.caller.user_id)
    return [
        row
        for row in mine
        if row.course_id == course_row.id and row.workflow_state not in ("deleted", "rejected")
    ]


def in_course(call: Call, table: str, course_row: rows.Course, reference: str) -> Any:
    """A living row of a course by id. Raises Refusal otherwise."""
    found = call.world.table(table).get(row_id(reference))
    if found is None or found.course_id != course_row.id or found.workflow_state == "deleted":
        raise not_found()
    return found


def anywhere(call: Call, table: str, reference: str) -> Any:
    """A living row named without its course, whose course the caller may read."""
    found = lookup(call, table, reference)
    if found is None or found.workflow_state == "deleted":
        raise not_found()
    course(call, str(found.course_id))
    return found


def alive(found: list[Any]) -> list[Any]:
    """Rows that Canvas still lists."""
    return [row for row in found if row.workflow_state != "deleted"]


def is_past(call: Call, instant: str | None) -> bool:
    """Whether an instant lies behind the world's clock."""
    return instant is not None and epoch(instant) < epoch(call.now)
