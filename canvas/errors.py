"""Everything that can go wrong with a Canvas, grouped by what the caller does about it.

    CanvasError
    ├── RetryableError        wait, then the same request again
    │   ├── ThrottledError        rate_limited        the token's quota is used up
    │   ├── CanvasDownError       canvas_down         5xx, maintenance, a web page or half an answer
    │   └── ConnectionLostError   connection_lost     no answer: network, name
    │       └── AnswerTimeoutError    answer_timeout      no whole answer in time
    ├── SkippableError        count it, keep what we have, go on
    │   ├── GoneError             not_found           deleted, or hidden from this token
    │   ├── ForbiddenError        forbidden           permission, scope or a disabled tab
    │   └── BadRecordError        bad_record          one record that cannot be read
    └── FatalError            stop; a person must act
        ├── AccessRevokedError    credential_refused  the token itself is refused
        ├── ContractError         unexpected_answer   Canvas answered what it never answers
        ├── TooManyRejectsError   too_many_rejects    too much of a listing is unreadable
        └── ConfigError           bad_configuration   the address or the key is set up wrong

The type says what to do, the fields say where. No message holds a token, a query string or
anything about a person.
"""

from __future__ import annotations

from typing import ClassVar


class CanvasError(Exception):
    """Base of the tree; callers catch one of its three families, never this.

    Every field is optional, so that an error can be raised where little is known and so that it
    survives pickling between worker processes.
    """

    code: ClassVar[str] = "canvas_error"
    default_cause: ClassVar[str] = "Canvas could not be read"
    default_next_step: ClassVar[str] = "try once more; if it stays so, report this message"

    def __init__(
        self,
        *,
        cause: str | None = None,
        source: str | None = None,
        course: int | str | None = None,
        status: int | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__()
        self.cause = cause or self.default_cause
        self.source = source
        self.course = course
        self.status = status
        self.next_step = next_step or self.default_next_step

    @property
    def where(self) -> str:
        """Source, course and status as far as known: `submissions, course 101, HTTP 403`."""
        parts = (
            self.source,
            None if self.course is None else f"course {self.course}",
            None if self.status is None else f"HTTP {self.status}",
        )
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        where = f" ({self.where})" if self.where else ""
        return f"{self.cause}{where}; next: {self.next_step}"


class RetryableError(CanvasError):
    """The same request may succeed later; `retry_after_s` is what Canvas asked for, if it did."""

    code = "retryable"
    default_next_step = "try again later"

    def __init__(
        self,
        *,
        retry_after_s: float | None = None,
        cause: str | None = None,
        source: str | None = None,
        course: int | str | None = None,
        status: int | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(
            cause=cause, source=source, course=course, status=status, next_step=next_step
        )
        self.retry_after_s = retry_after_s


class ThrottledError(RetryableError):
    """The quota of the token stayed used up for longer than we were willing to wait."""

    code = "rate_limited"
    default_cause = "Canvas keeps rejecting requests because the token's quota is used up"
    default_next_step = "try again later, or stop other programs that use the same token"


class CanvasDownError(RetryableError):
    """Canvas, or something in front of it, answered but not with a usable answer."""

    code = "canvas_down"
    default_cause = "Canvas does not answer properly at the moment"
    default_next_step = "try again later; Canvas may be in maintenance"


class ConnectionLostError(RetryableError):
    """No complete answer arrived: name, network, TLS stream or timeout."""

    code = "connection_lost"
    default_cause = "the connection to Canvas was lost"
    default_next_step = "check the network and the Canvas address, then try again"


class AnswerTimeoutError(ConnectionLostError):
    """No whole answer within the deadline. Asking for less may help where waiting does not."""

    code = "answer_timeout"
    default_cause = "Canvas did not answer in time"


class SkippableError(CanvasError):
    """One resource cannot be read; the rest of the run goes on and nothing stored is deleted."""

    code = "skippable"


class GoneError(SkippableError):
    """404: missing, deleted, or not visible to this token. Canvas does not say which."""

    code = "not_found"
    default_cause = "Canvas does not know this resource"
    default_next_step = "check the id, and that the token's user may see it"


class ForbiddenError(SkippableError):
    """The token is good but may not read this: permission, scope, or a tab switched off."""

    code = "forbidden"
    default_cause = "the token's user may not read this"
    default_next_step = "give the token's user the permission, or the key the scope, it lacks"


class BadRecordError(SkippableError):
    """One record cannot be read; its siblings can. `record_id` is its Canvas id, if it has one."""

    code = "bad_record"
    default_cause = "a record of Canvas cannot be read"
    default_next_step = "see the record and the reason with 'manage.py runs show ID'"

    def __init__(
        self,
        *,
        record_id: int | str | None = None,
        cause: str | None = None,
        source: str | None = None,
        course: int | str | None = None,
        status: int | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(
            cause=cause, source=source, course=course, status=status, next_step=next_step
        )
        self.record_id = record_id

    @property
    def where(self) -> str:
        record = None if self.record_id is None else f"record {self.record_id}"
        return ", ".join(part for part in (super().where, record) if part)


class FatalError(CanvasError):
    """Going on would be useless or wrong; the run ends."""

    code = "fatal"


class AccessRevokedError(FatalError):
    """401 with WWW-Authenticate: the credential itself is refused, for every request alike."""

    code = "credential_refused"
    default_cause = "Canvas refuses the access token"
    default_next_step = "make a new token in Canvas and store it with `manage.py connect`"


class ContractError(FatalError):
    """Canvas answered something it is not known to answer; guessing would risk the mirror."""

    code = "unexpected_answer"
    default_cause = "Canvas answered in a way this program does not know"
    default_next_step = "check that the address is a Canvas; if it is, report this answer"


class TooManyRejectsError(FatalError):
    """So much of a listing is unreadable that the format, not a record, must be at fault."""

    code = "too_many_rejects"
    default_cause = "too many records of a listing cannot be read"
    default_next_step = "see the reasons with 'manage.py runs show ID' and report them"


class ConfigError(FatalError):
    """What the operator set up cannot work: address, http without permission, user agent, key."""

    code = "bad_configuration"
    default_cause = "the connection to Canvas is set up wrong"
    default_next_step = "check CANVAS_URL and CANVAS_TOKEN"
