"""Why what was posted is not taken for a Live Event; the type says what the sender is answered.

    EventError
    ├── UnreadableEventError      it is no event, whoever sent it
    └── UntrustedEventError       nobody knows who sent it
        └── UnknownKeyError           its key is not among those given: others may have it

`reason` is one word for the log. Nothing here repeats what was sent.
"""

from __future__ import annotations


class EventError(Exception):
    """Base of the tree."""

    def __init__(self, reason: str, cause: str) -> None:
        super().__init__(cause)
        self.reason, self.cause = reason, cause


class UnreadableEventError(EventError):
    """The body is neither JSON nor a JWT, or has not the shape of an event."""


class UntrustedEventError(EventError):
    """A signature that does not hold, or claims that exclude this use of it."""


class UnknownKeyError(UntrustedEventError):
    """Signed, as it says, with a key that was not given. `kid` is the name of that key."""

    def __init__(self, kid: str) -> None:
        super().__init__("unknown_key", "the key that signs it is not known")
        self.kid = kid
