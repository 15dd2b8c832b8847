"""What an answer of Canvas means: one closed table from status and headers to a verdict.

Pure. The body is looked at in three cases only, because Canvas tells them apart in no other way
and its messages are translated: the throttle, the missing User-Agent, the disabled tab.
A new refusal of Canvas is a new row here and its recorded reply in the tests.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec


class Verdict(enum.Enum):
    """What the caller does next; the last five leave the request alone, for five reasons."""

    OK = "use it"
    RETRY = "wait, then the same request again"
    THROTTLE = "wait with everybody who shares the token; costs no attempt"
    REFRESH = "the credential is refused: get another one, then the same request once more"
    FORBIDDEN = "skip: the credential is good but may not read this"
    GONE = "skip: missing, deleted or hidden"
    BAD_REQUEST = "stop: we asked wrongly, or for an id that is gone"
    CONFIG = "stop: the set-up is wrong; a person must act"
    STOP = "stop and show: unknown, so never retried and never skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the table may look at. `body_start`: the first few kilobytes, decoded."""

    status: int
    content_type: str = ""
    www_authenticate: bool = False
    body_start: bytes = b""

    @property
    def is_json(self) -> bool:
        media_type = self.content_type.partition(";")[0].strip().lower()
        return media_type in _JSON_TYPES

    @property
    def is_html(self) -> bool:
        return "html" in self.content_type.lower()

    def says(self, text: bytes) -> bool:
        return text in self.body_start.lower()

    def fields(self) -> Mapping[str, object]:
        """The JSON object of a small body; empty when it is none."""
        try:
            return msgspec.json.decode(self.body_start, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}


def reply_of(status: int, *, headers: Mapping[str, str], body: bytes) -> Reply:
    """The part of an answer the table looks at. `headers` by names in lower case."""
    return Reply(
        status=status,
        content_type=headers.get("content-type", ""),
        www_authenticate="www-authenticate" in headers,
        body_start=body[:BODY_START_BYTES],
    )


def verdict(reply: Reply) -> Verdict:
    """The verdict of the first row that fits; STOP when none does. Source: canvas-api 1.4, 3.4."""
    fitting = (row for row in TABLE if reply.status in row.statuses and row.when(reply))
    row = next(fitting, None)
    return row.verdict if row else Verdict.STOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case Canvas is known to answer with."""

    statuses: tuple[int, ...]
    when: Callable[[Reply], bool]
    verdict: Verdict


def _always(_: Reply) -> bool:
    return True


def _is_throttle(reply: Reply) -> bool:
    return not reply.is_json and reply.says(b"rate limit exceeded")


def _misses_user_agent(reply: Reply) -> bool:
    return reply.is_json and "error" in reply.fields() and reply.says(b"user agent")


def _is_disabled_tab(reply: Reply) -> bool:
    fields = reply.fields()
    return "message" in fields and "errors" not in fields


BODY_START_BYTES: Final = 4096
_JSON_TYPES: Final = ("application/json", "application/json+canvas-string-ids")
TABLE: Final[tuple[Row, ...]] = (
    Row(statuses=(200,), when=lambda reply: reply.is_json, verdict=Verdict.OK),
    # A login or maintenance page of something in front of Canvas (canvas-api 7.5).
    Row(statuses=(200,), when=lambda reply: reply.is_html, verdict=Verdict.RETRY),
    # Canvas does not redirect API calls: http typed for https, or an old address of the school.
    Row(statuses=(301, 302, 303, 307, 308), when=_always, verdict=Verdict.CONFIG),
    Row(statuses=(400, 422), when=_always, verdict=Verdict.BAD_REQUEST),
    Row(statuses=(401,), when=lambda reply: reply.www_authenticate, verdict=Verdict.REFRESH),
    Row(statuses=(401,), when=_always, verdict=Verdict.FORBIDDEN),
    Row(statuses=(403,), when=_is_throttle, verdict=Verdict.THROTTLE),
    Row(statuses=(403,), when=_misses_user_agent, verdict=Verdict.CONFIG),
    Row(statuses=(403,), when=_always, verdict=Verdict.FORBIDDEN),
    Row(statuses=(404,), when=_is_disabled_tab, verdict=Verdict.FORBIDDEN),
    Row(statuses=(404,), when=_always, verdict=Verdict.GONE),
    Row(statuses=(429,), when=_always, verdict=Verdict.THROTTLE),
    Row(statuses=(500, 502, 503, 504), when=_always, verdict=Verdict.RETRY),
)
