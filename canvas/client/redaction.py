"""Keeps secrets out of text that others wrote and we repeat, and quiet what would print them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Final

HIDDEN: Final = "[hidden]"
SHORTEST_SECRET: Final = 4
_PATTERNS: Final = (
    re.compile(r"(?i)(\bbearer\s+)[^\s\"',;]+"),
    re.compile(r"(?i)\b((?:access_token|api_key|refresh_token|client_secret)=)[^&\s\"']+"),
    re.compile(r"(?<=//)[^/\s@\"']+@()"),  # user:password@ of an address
    re.compile(r"(\bhttps?://[^\s?\"'<>]+\?)[^\s\"'<>]+"),  # any query string
)
# These print URLs with queries, or whole bodies with names and marks, at INFO and DEBUG.
_TALKATIVE: Final = ("aiohttp", "httpx", "httpcore", "canvasapi", "urllib3", "requests")


def redact(text: str, *, secrets: Iterable[str] = ()) -> str:
    """The text without the given secrets, bearer tokens, passwords and query strings in it."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text


def safe_repr(value: object, *, secrets: Iterable[str] = (), limit: int = 200) -> str:
    """One line for a log: the redacted repr, cut at `limit` characters after redaction."""
    text = redact(repr(value), secrets=secrets)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def quiet_wire_logs() -> None:
    """Raise the loggers of the HTTP libraries to WARNING; called wherever a client is made."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if logger.level < logging.WARNING:
            logger.setLevel(logging.WARNING)
