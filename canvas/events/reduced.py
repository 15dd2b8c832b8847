"""What of an event is kept: what says what changed, and nothing that somebody wrote or was given.

A closed rule by the name of a key and the form of its value: what does not fit is left out, fields
that Canvas adds later included. What Canvas has to say is read from it again, so no mark, text,
name, login or address needs to lie here. Source: canvas-api 6.4, 6.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_UUID: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z][\w:.]{0,99}", re.ASCII)
_ID: Final = re.compile(r"[0-9]{1,19}|[0-9]{1,9}~[0-9]{1,19}", re.ASCII)
_INSTANT: Final = re.compile(r"[0-9][0-9T:.Z+-]{0,39}", re.ASCII)

# Who acted, from where and with what browser is not among them.
METADATA: Final[Mapping[str, re.Pattern[str]]] = {
    "event_name": _WORD,
    "event_time": _INSTANT,
    "producer": _WORD,
    "root_account_id": _ID,
    "root_account_uuid": _UUID,
    "root_account_lti_guid": re.compile(r"[\w:.-]{1,100}", re.ASCII),
    "context_type": _WORD,
    "context_id": _ID,
    "context_account_id": _ID,
    "request_id": _UUID,
    "job_id": _ID,
}
# The last word of a key of a body → the form its value must have.
LAST_WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "id": _ID,
    "ids": _ID,
    "uuid": _UUID,
    "type": _WORD,
    "state": _WORD,
    "at": _INSTANT,
    "until": _INSTANT,
}
# Words of keys whose ids a school or a person chose, or that belong to a visit.
PERSONAL: Final = frozenset(("sis", "integration", "login", "unique", "session", "lti"))
# Objects inside a body that stand for something in Canvas.
NESTED: Final = frozenset(
    ("course", "user", "progress", "assignment", "submission", "module", "module_item")
)
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")  # anything else is no key of Canvas's
MOST_IDS: Final = 500
_LARGEST: Final = 2**63


def reduced(metadata: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Shape: {"metadata": {…}, "body": {…}}, the kept keys of both as Canvas sent them."""
    return {
        "metadata": {
            key: metadata[key]
            for key, form in METADATA.items()
            if key in metadata and _fits(metadata[key], form)
        },
        "body": _body(body, may_nest=True),
    }


def _body(fields: Mapping[str, Any], *, may_nest: bool) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in fields.items():
        if isinstance(value, dict):
            if may_nest and key in NESTED:
                kept[key] = _body(value, may_nest=False)
        elif (form := _form_of(key)) is not None and _all_fit(value, form):
            kept[key] = value
    return kept


def _form_of(key: str) -> re.Pattern[str] | None:
    words = key.split("_")
    if not NAME.fullmatch(key):
        return None
    return LAST_WORDS.get(words[-1]) if PERSONAL.isdisjoint(words) else None


def _all_fit(value: object, form: re.Pattern[str]) -> bool:
    if isinstance(value, list):
        return len(value) <= MOST_IDS and all(_fits(one, form) for one in value)
    return value is None or _fits(value, form)


def _fits(value: object, form: re.Pattern[str]) -> bool:
    if isinstance(value, str):
        return form.fullmatch(value) is not None
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return form is _ID and 0 <= value < _LARGEST
