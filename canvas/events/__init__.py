"""Live Events: what was posted, whether it is to be believed, and what of it is kept.

Pure: no Django, no HTTP, no clock. Who may post and where an event is stored is not known here.
"""

from canvas.events.errors import (
    EventError,
    UnknownKeyError,
    UnreadableEventError,
    UntrustedEventError,
)
from canvas.events.event import Event
from canvas.events.keys import Jwk, Keys, public_keys, read_key_set
from canvas.events.reading import is_signed, read_unsigned
from canvas.events.signed import key_name, read_signed

__all__ = [
    "Event",
    "EventError",
    "Jwk",
    "Keys",
    "UnknownKeyError",
    "UnreadableEventError",
    "UntrustedEventError",
    "is_signed",
    "key_name",
    "public_keys",
    "read_key_set",
    "read_signed",
    "read_unsigned",
]
