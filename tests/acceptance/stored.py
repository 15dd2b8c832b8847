"""The rows of a mirror by kind and Canvas key, read back for comparison."""

from __future__ import annotations

from typing import Any

from tests.acceptance.driver import Mirror, Row
from tests.acceptance.records import Key

_CLOCKS = {"first_seen_at", "changed_at", "read_at"}
OURS = frozenset({"integration", "canvas_id", "content_hash", "payload_hash", *_CLOCKS})
# Which model a relation leads to, where its name does not say so.
_LEADS_TO = {"student": "user", "category": "groupcategory", "criterion": "rubriccriterion"}
_RELATIONS = (
    *("course", "section", "term", "student", "category", "group", "assignment"),
    *("assignment_group", "rubric", "criterion", "submission"),
)
# The parents in the key of a kind whose own id is unique only inside them.
_PARENTS = {
    "rubriccriterion": ("rubric",),
    "rubricassessment": ("submission",),
    "quiz": ("engine",),
}


def stored(mirror: Mirror) -> dict[str, dict[Key, Row]]:
    """Kind → key → fields of the live row; relations as the parent's Canvas id."""
    dumped = [row | {"model": row["model"].removeprefix("canvas.canvas")} for row in mirror.dump()]
    ids = {(row["model"], row["pk"]): row["fields"].get("canvas_id") for row in dumped}
    rubric_of = {
        row["pk"]: ids["rubric", row["fields"]["rubric"]]
        for row in dumped
        if row["model"] == "rubriccriterion"
    }
    found: dict[str, dict[Key, Row]] = {}
    for row in dumped:
        kind, fields = row["model"], row["fields"]
        if kind == "integration" or fields["deleted_at"] is not None:
            continue
        parents = (rubric_of[fields["criterion"]],) if kind == "rubricrating" else ()
        named = _with_parents_named(fields, ids)
        found.setdefault(kind, {})[*parents, *_key(kind, named)] = named
    return found


def _with_parents_named(fields: Row, ids: dict[tuple[str, int], Any]) -> Row:
    named = dict(fields)
    for relation in _RELATIONS:
        if relation in fields and isinstance(fields[relation], int):
            model = _LEADS_TO.get(relation, relation.replace("_", ""))
            named[relation] = ids[model, fields[relation]]
    return named


def _key(kind: str, row: Row) -> Key:
    parents = ("criterion",) if kind == "rubricrating" else _PARENTS.get(kind, ())
    return (*(row[parent] for parent in parents), row["canvas_id"])
