"""What may be shown of a record that was set aside: its ids, and of all else only the kind."""

from __future__ import annotations

import json
from typing import Any

_LONGEST = 2_000
_MOST_PARTS = 60


def excerpt(payload: Any) -> str:
    """The record as JSON with its keys; values but ids, true, false and null become their kind.

    At most 2,000 characters: names, marks and texts of people never reach the ledger. "" for None,
    a record that could not even be decoded.
    """
    if payload is None:
        return ""
    text = json.dumps(_shown(payload), ensure_ascii=True)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _shown(value: Any, name: str = "") -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        parts = list(value.items())
        shown = {str(key)[:50]: _shown(part, str(key)) for key, part in parts[:_MOST_PARTS]}
        return shown | ({"…": f"{len(parts)} keys"} if len(parts) > _MOST_PARTS else {})
    if isinstance(value, list):
        return [_shown(part) for part in value[:1]] + ([f"{len(value)} in all"] if value else [])
    if isinstance(value, int) and _is_id(name):
        return value
    return f"<text of {len(value)}>" if isinstance(value, str) else f"<{type(value).__name__}>"


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")
