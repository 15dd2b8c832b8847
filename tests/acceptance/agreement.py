"""A record as Canvas sent it against the row that stands for it, field by field, both ways."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from tests.acceptance.driver import Row
from tests.acceptance.records import KINDS, Key, Kind, Payload, Records
from tests.acceptance.stored import OURS

NOT_STORED = "[not stored]"
SECRETS = frozenset(
    ["ics", "access_code", "ip_filter", "secure_params", "student_access_code", "filters"]
)
_VERIFIER = re.compile(r"verifier=[\w-]+")


def disagreements(records: Records, rows: dict[str, dict[Key, Row]]) -> list[str]:
    """One line for each record without a row, row without a record, and field that differs."""
    found: list[str] = []
    for kind, wanted in records.items():
        have = rows.get(kind, {})
        found += [f"{kind} {key}: not in the mirror" for key in wanted.keys() - have.keys()]
        found += [f"{kind} {key}: only in the mirror" for key in have.keys() - wanted.keys()]
        for key in wanted.keys() & have.keys():
            said = [*_lost(KINDS[kind], wanted[key], have[key])]
            said += _invented(KINDS[kind], wanted[key], have[key])
            found += [f"{kind} {key}: {line}" for line in said]
    return found


def _lost(kind: Kind, payloads: list[Payload], row: Row) -> Iterator[str]:
    """Fields Canvas sent that are not in the row as they were sent."""
    for payload in payloads:
        for name, value in payload.items():
            if name in kind.owned:
                continue
            place, held = _held(kind, name, row)
            if not same(value, held, name=name):
                yield f"{name} is {value!r} in Canvas and {held!r} in {place}"


def _held(kind: Kind, name: str, row: Row) -> tuple[str, Any]:
    relation = kind.relations.get(name)
    if relation is not None:
        known = row[relation] is not None or name not in row["extra"]
        return (relation, row[relation]) if known else ("extra", row["extra"][name])
    column = "canvas_id" if name == "id" else name
    if column in row and column not in OURS - {"canvas_id"}:
        return f"column {column}", row[column]
    return "extra", row["extra"].get(name, "nothing at all")


def _invented(kind: Kind, payloads: list[Payload], row: Row) -> Iterator[str]:
    """Values of the row that no record of Canvas has."""
    sent = {name for payload in payloads for name in payload}
    known = OURS | {"extra", "deleted_at"} | sent | {*kind.relations.values(), *kind.derived}
    for name, value in row.items():
        if name not in known and value is not None:
            yield f"column {name} holds {value!r}, which Canvas did not send"
    for name in row["extra"].keys() - sent:
        yield f"extra has {name}, which Canvas did not send"


def same(sent: Any, held: Any, *, name: str = "") -> bool:
    """Whether the mirror's value is the one sent: numbers as numbers, times as instants."""
    if held == NOT_STORED:
        return name in SECRETS and sent not in (None, "", [], {})
    if isinstance(sent, dict) and isinstance(held, dict):
        return sent.keys() == held.keys() and all(same(sent[k], held[k], name=k) for k in sent)
    if isinstance(sent, list) and isinstance(held, list):
        return len(sent) == len(held) and all(map(same, sent, held))
    if isinstance(sent, str) and isinstance(held, str):
        return _VERIFIER.sub("verifier=", sent) == held or _instant(sent) == _instant(held)
    if (name == "id" or name.endswith("_id")) and sent is not None:
        return str(sent) == str(held)
    return bool(sent == held and isinstance(sent, bool) == isinstance(held, bool))


def _instant(text: str) -> object:
    """The moment a text names; for any other text something that equals nothing."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return object()
    return moment if moment.tzinfo else object()
