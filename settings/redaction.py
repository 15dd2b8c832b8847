"""Takes credentials out of log events; the last step before an event becomes text."""

import re
from collections.abc import Mapping
from typing import Any

from structlog.typing import EventDict, WrappedLogger

HIDDEN = "[redacted]"
_SECRET_KEY = re.compile(
    r"token|authorization|secret|password|passwd|cookie|api_?key|field_?keys|signature|verifier",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"""(?P<lead>
          \bBearer\s+                                          # an Authorization header
        | /webhooks/canvas/                                    # all the secret of unsigned events
        | (?:access_token|refresh_token|token|verifier|client_secret|password)["']?\s*[=:]\s*["']?
        )(?P<secret>[^\s"'&,}]+)
      | (?<=://)[^/\s@]*:[^/\s@]*(?=@)                         # user and password of an address
      | \b\d+(?:~|%7E)[A-Za-z0-9]{32,}                         # a Canvas access token anywhere
      | gAAAAA[A-Za-z0-9_-]{80,}={0,2}                         # what is sealed in the database
      | \bcm_[0-9a-f]{8}_[0-9a-f]{64}                          # an API key of ours
    """,
    re.IGNORECASE | re.VERBOSE,
)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor; tracebacks must already be text when it runs."""
    return {key: _cleaned(key, value) for key, value in event.items()}


def redact_text(text: str) -> str:
    """The text with what looks like a credential replaced."""
    return _SECRET_TEXT.sub(lambda match: (match["lead"] or "") + HIDDEN, text)


def _cleaned(key: object, value: Any) -> Any:
    if isinstance(key, str) and _SECRET_KEY.search(key) and not isinstance(value, bool | None):
        return HIDDEN
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {inner: _cleaned(inner, part) for inner, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(None, part) for part in value]
    if value is None or isinstance(value, int | float):
        return value
    return redact_text(str(value))  # an exception, an address: it would become text after us
