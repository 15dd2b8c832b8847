"""Accounts, terms and what hangs below an account (canvas-api 4.1 to 4.3)."""

from __future__ import annotations

from simulator.call import Call, Json, Listing
from simulator.errors import bad_request, not_found
from simulator.views import guards
from simulator.views.fields import Picker
from simulator.world import rows

ACCOUNT = Picker(
    *("id", "name", "uuid", "parent_account_id", "root_account_id", "default_time_zone"),
    *("default_storage_quota_mb", "sis_account_id", "integration_id", "sis_import_id"),
    *("lti_guid", "workflow_state"),
)
TERM = Picker(
    *("id", "name", "start_at", "end_at", "created_at", "workflow_state"),
    *("grading_period_group_id", "sis_term_id", "sis_import_id"),
)
EMBEDDED_TERM = Picker(
    *("id", "name", "start_at", "end_at", "created_at", "workflow_state"),
    "grading_period_group_id",
)


def accounts(call: Call) -> Listing:
    """GET /accounts: what the caller administers."""
    found = [call.world.accounts[1]] if call.caller.admin else []
    return Listing(rows=found, render=lambda page: [account_json(call, row) for row in page])


def account(call: Call, reference: str) -> Json:
    """GET /accounts/:id."""
    return account_json(call, guards.account(call, reference))


def sub_accounts(call: Call, reference: str) -> Listing:
    """GET /accounts/:id/sub_accounts, the whole tree with recursive=true."""
    parent = guards.account(call, reference)
    found = children(call, parent.id, deep=call.query.flag("recursive"))
    by_name = call.query.one("order") == "name"
    found.sort(key=lambda row: (row.name.casefold(), row.id) if by_name else (row.id,))
    return Listing(rows=found, render=lambda page: [account_json(call, row) for row in page])


def children(call: Call, parent_id: int, *, deep: bool) -> list[rows.Account]:
    """Living sub-accounts, with theirs when deep."""
    direct = [
        row
        for row in call.world.accounts
        if row.parent_account_id == parent_id and row.workflow_state != "deleted"
    ]
    below = [row for child in direct for row in children(call, child.id, deep=True)] if deep else []
    return direct + below


def account_json(call: Call, row: rows.Account) -> Json:
    """An account with the counts asked for."""
    record = ACCOUNT(row)
    if "course_count" in call.includes:
        record["course_count"] = sum(c.account_id == row.id for c in call.world.courses)
    if "sub_account_count" in call.includes:
        record["sub_account_count"] = len(children(call, row.id, deep=False))
    return record


def terms(call: Call, reference: str) -> Listing:
    """GET /accounts/:id/terms: an object around the array, root accounts only."""
    owner = guards.account(call, reference)
    if owner.parent_account_id is not None:
        raise bad_request({"message": "Terms only belong to root_accounts."})
    wanted = call.query.many("workflow_state") or ["active"]
    found = [row for row in call.world.terms if row.workflow_state in wanted or "all" in wanted]
    found.sort(key=lambda row: row.id)
    found.sort(key=lambda row: (row.start_at or "", row.end_at or ""), reverse=True)
    return Listing(
        rows=found,
        render=lambda page: [term_json(call, row) for row in page],
        root="enrollment_terms",
    )


def term(call: Call, reference: str, term_reference: str) -> Json:
    """GET /accounts/:id/terms/:term_id."""
    guards.account(call, reference)
    found = guards.lookup(call, "terms", term_reference)
    if found is None or found.workflow_state == "deleted":
        raise not_found()
    return term_json(call, found)


def term_json(call: Call, row: rows.Term) -> Json:
    """A term in full."""
    record = TERM(row)
    if "overrides" in call.includes:
        record["overrides"] = row.overrides
    if "course_count" in call.includes:
        record["course_count"] = sum(c.enrollment_term_id == row.id for c in call.world.courses)
    return record


def embedded_term(call: Call, term_id: int) -> Json | None:
    """A term inside a course: fewer fields."""
    row = call.world.terms.get(term_id)
    return None if row is None else EMBEDDED_TERM(row)
