"""What is in a body: plain JSON, or a JWT to be verified. The content type says neither.

Source: canvas-api 6.3 (trap 78).
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

import msgspec

from canvas.events.errors import UnreadableEventError
from canvas.events.event import Event, event_of

_TOKEN: Final = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]+")
_S = TypeVar("_S", bound=msgspec.Struct)


class Envelope(msgspec.Struct):
    """The event itself; whatever stands beside these two is not part of it."""

    metadata: dict[str, Any]
    body: dict[str, Any] | None = None


def is_signed(body: bytes) -> bool:
    """True for a JWT, False for JSON. Raises UnreadableEventError for anything else."""
    if body.lstrip()[:1] == b"{":
        return False
    if _TOKEN.fullmatch(body.strip()):
        return True
    raise UnreadableEventError("no_event", "it is neither JSON nor a signed event")


def read_unsigned(body: bytes) -> Event:
    """The event of plain JSON; who sent it is not known. Raises UnreadableEventError."""
    return event_in(decoded(body, Envelope))


def decoded(document: bytes, shape: type[_S]) -> _S:
    """Raises UnreadableEventError for what is no JSON, or not of this shape."""
    try:
        return msgspec.json.decode(document, type=shape)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        # Neither the message nor the cause is told on: they may quote the event.
        raise UnreadableEventError("no_event", "it is not JSON of the shape of an event") from error


def event_in(envelope: Envelope) -> Event:
    """Raises UnreadableEventError."""
    return event_of(envelope.metadata, envelope.body or {})
