"""Whether a stored value is the one Canvas sent: times as instants, numbers as numbers. Pure."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

NOT_STORED: Final = "[not stored]"
# Their values are secrets; the mirror has a mark in their place.
SECRETS: Final = frozenset(
    ("access_code", "filters", "ics", "ip_filter", "secure_params", "student_access_code")
)
# Inside of an attachment or a tool: signed anew behind the question mark (canvas-api 7.3, trap 62),
# which the mirror leaves out.
SIGNED: Final = frozenset(("preview_url", "thumbnail_url", "url"))
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
_VERIFIER: Final = re.compile(r"verifier=[\w-]*")


def same(sent: Any, held: Any, *, name: str = "") -> bool:
    """`sent` as JSON has it, `held` as Django reads it; `name` is the key it was sent under."""
    if held == NOT_STORED and name in SECRETS:
        return sent not in _EMPTY
    if isinstance(sent, dict):
        return isinstance(held, dict) and _same_object(sent, held)
    if isinstance(sent, list):
        return isinstance(held, list) and _same_list(sent, held)
    if sent is None or held is None:
        return sent is held
    return _same_plain(sent, held)


def _same_object(sent: dict[str, Any], held: dict[str, Any]) -> bool:
    return sent.keys() == held.keys() and all(
        same(value, held[name], name=name) or (name in SIGNED and _unsigned(value) == held[name])
        for name, value in sent.items()
    )


def _same_list(sent: list[Any], held: list[Any]) -> bool:
    return len(sent) == len(held) and all(map(same, sent, held))


def _same_plain(sent: Any, held: Any) -> bool:
    if isinstance(held, dt.datetime):
        return _instant(sent) == held
    if isinstance(held, dt.date):
        return str(sent) == held.isoformat()
    if isinstance(held, bool) or isinstance(sent, bool):
        return sent is held
    if isinstance(held, str):
        return _VERIFIER.sub("", str(sent)) == _VERIFIER.sub("", held)
    number: bool = _number(sent) == held
    return number


def _unsigned(sent: Any) -> str | None:
    return sent.partition("?")[0] if isinstance(sent, str) else None


def _instant(sent: Any) -> dt.datetime | None:
    """Canvas writes UTC with a Z, a few values with an offset (canvas-api 0.3)."""
    try:
        moment = dt.datetime.fromisoformat(sent)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def _number(sent: Any) -> float | int | None:
    """Ids may come as text; beyond 2^53 they must not pass through a float."""
    if isinstance(sent, int | float):
        return sent
    for kind in (int, float):
        try:
            return kind(sent)
        except (TypeError, ValueError):
            continue
    return None
