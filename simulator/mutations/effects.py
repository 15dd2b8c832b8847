"""Two snapshots compared: created, updated and deleted per resource.

A row of a course that is gone proves nothing by its absence (its listings answer 404), so of a
deleted course only the course itself counts.
"""

from __future__ import annotations

from typing import Any

from simulator.mutations.snapshot import RESOURCES, SUBMISSION_FIELDS, Records

Shot = dict[int, Records]


def compare(before: Shot, after: Shot) -> dict[str, Any]:
    """Counts under "resources", keys and changed fields under "changed"."""
    counts: dict[str, dict[str, int]] = {}
    changed: dict[str, Any] = {}
    lasting = before.keys() & after.keys()
    for resource in RESOURCES:
        # A course itself is judged by the account's list, which goes on answering.
        scope = before.keys() if resource == "courses" else lasting
        old = _merged(before, resource, scope)
        new = _merged(after, resource, after.keys())
        known = _merged(before, resource, before.keys())
        made = [key for key in new if key not in known]
        gone = [key for key in old if key not in new]
        edited = {
            key: _fields(old[key], new[key]) for key in new if key in old and old[key] != new[key]
        }
        counts[resource] = {"created": len(made), "updated": len(edited), "deleted": len(gone)}
        if made or gone or edited:
            changed[resource] = {
                "created": made,
                "updated": {str(key): fields for key, fields in edited.items()},
                "deleted": gone,
            }
    return {"resources": counts, "changed": changed}


def _merged(shot: Shot, resource: str, course_ids: Any) -> dict[Any, Any]:
    """Records of several courses by key: a row that moved is still the same row."""
    merged: dict[Any, Any] = {}
    for course_id in course_ids:
        merged.update(shot[course_id].get(resource, {}))
    return merged


def _fields(old: Any, new: Any) -> list[str]:
    """Names of the fields that differ."""
    if isinstance(old, dict):
        names = {**old, **new}
        return [name for name in names if old.get(name, names) != new.get(name, names)]
    if isinstance(old[0], tuple):
        pairs = zip(SUBMISSION_FIELDS, old[0], new[0], strict=True)
        named = [name for name, left, right in pairs if left != right]
        return named if old[1] == new[1] else [*named, "anonymous_id"]
    names_of_membership = ("user_id", "workflow_state", "moderator")
    triples = zip(names_of_membership, old, new, strict=True)
    return [name for name, left, right in triples if left != right]
