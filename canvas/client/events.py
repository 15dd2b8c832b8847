"""The one event of each request in the log: what was asked, what came, what it cost.

Paths are shown as templates, queries never: both hold ids of people.
"""

from __future__ import annotations

import re
import time
from typing import Any, Final

import msgspec
import structlog

from canvas.client.call import Answer, Call
from canvas.client.failures import context_id
from canvas.client.paths import template_of
from canvas.client.policy import Verdict
from canvas.client.redaction import redact
from canvas.errors import CanvasError

log = structlog.get_logger(__name__)

SHOWN: Final = 80  # characters of the title of a page
_TITLE: Final = re.compile(rb"<title[^>]*>([^<]*)</title", re.IGNORECASE)


class Sent:
    """One request on the wire, from when it left; ends in exactly one event."""

    def __init__(self, call: Call, *, attempt: int, waited_s: float, secret: str) -> None:
        self.began, self._secret = time.monotonic(), secret
        self._facts: dict[str, Any] = {
            "method": call.method,
            "path": template_of(call.url.path),
            "source": call.source,
            "course": call.course,
            "page": call.number,
            "attempt": attempt,
            "waited_s": round(waited_s, 3),
        }

    def answered(
        self, answer: Answer, *, verdict: Verdict, cost: float | None, remaining: float | None
    ) -> None:
        """`request.done`, at DEBUG for a good answer and at INFO for any other."""
        log.log(
            _LEVELS.get(verdict, _INFO),
            "request.done",
            **self._facts,
            status=answer.status,
            verdict=verdict.name.lower(),
            seconds=round(time.monotonic() - self.began, 3),
            body_bytes=len(answer.body),
            cost=cost,
            remaining=remaining,
            request_context_id=context_id(answer.headers),
            **_shown(answer, verdict, secret=self._secret),
        )

    def failed(self, error: BaseException) -> None:
        """`request.failed`: nothing that could be judged came back, or nobody waited for it."""
        known = error if isinstance(error, CanvasError) else None
        log.info(
            "request.failed",
            **self._facts,
            seconds=round(time.monotonic() - self.began, 3),
            error=known.code if known else type(error).__name__,
            cause=known.cause if known else None,
        )


_DEBUG, _INFO, _WARNING = 10, 20, 30
_LEVELS: Final = {Verdict.OK: _DEBUG, Verdict.STOP: _WARNING}


def _shown(answer: Answer, verdict: Verdict, *, secret: str) -> dict[str, Any]:
    """What helps to know a page by that is not Canvas's own; the rest of it may name people."""
    content_type = answer.headers.get("content-type", "")
    if "html" in content_type.lower():
        return {"title": _title_of(answer.body, secret=secret)}
    if verdict is not Verdict.STOP:
        return {}
    return {"content_type": redact(content_type, secrets=[secret]), "keys": _keys_of(answer.body)}


def _title_of(page: bytes, *, secret: str) -> str | None:
    found = _TITLE.search(page)
    if found is None:
        return None
    text = " ".join(found[1].decode("utf-8", "replace").split())
    return redact(text, secrets=[secret])[:SHOWN]


def _keys_of(body: bytes) -> list[str]:
    try:
        return sorted(msgspec.json.decode(body, type=dict[str, msgspec.Raw]))[:10]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
