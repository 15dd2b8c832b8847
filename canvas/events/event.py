"""A Live Event: what is known of it, and the one way it is made of decoded JSON.

Source: canvas-api 6.4. An event has no id of its own; `digest` is what tells two apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from canvas.events.errors import UnreadableEventError
from canvas.events.reduced import reduced

DEEPEST: Final = 32  # objects and lists inside each other; an event of Canvas has five
_NAME: Final = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_canonical: Final = msgspec.json.Encoder(order="sorted").encode

Document = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `digest` is SHA-256 of all of metadata and body, whatever their order and however
    they were signed; `document` has only the parts that say what changed. Ids are as Canvas sent
    them. `at` is None where Canvas sent no instant.
    """

    name: str
    at: datetime | None
    root_account_uuid: str
    root_account_id: str
    digest: str
    document: Document


def event_of(metadata: Mapping[str, Any], body: Mapping[str, Any]) -> Event:
    """Raises UnreadableEventError for what has no name, or is deeper than any event."""
    name = metadata.get("event_name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UnreadableEventError("no_name", "it names no event; Canvas's own format is needed")
    whole = {"metadata": metadata, "body": body}
    if _is_deeper(whole, than=DEEPEST):
        raise UnreadableEventError("too_deep", f"it is more than {DEEPEST} levels deep")
    return Event(
        name=name,
        at=_instant(metadata.get("event_time")),
        root_account_uuid=_text(metadata.get("root_account_uuid")),
        root_account_id=_text(metadata.get("root_account_id")),
        digest=hashlib.sha256(_canonical(whole)).hexdigest(),
        document=reduced(metadata, body),
    )


def _is_deeper(value: object, *, than: int) -> bool:
    """Level by level, so that what is deep takes no stack."""
    level: list[object] = [value]
    for _ in range(than):
        below: list[object] = []
        for one in level:
            if isinstance(one, Mapping):
                below += [child for child in one.values() if isinstance(child, dict | list)]
            elif isinstance(one, list):
                below += [child for child in one if isinstance(child, dict | list)]
        if not below:
            return False
        level = below
    return True


def _text(value: object) -> str:
    """An id or uuid; Canvas sends text, and a number is one for all that."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _instant(value: object) -> datetime | None:
    """UTC where no offset is written, None for what is no instant."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        if instant is None:
            return None
        return (instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
