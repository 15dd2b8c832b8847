"""What the token endpoint answers: a grant, or one of the refusals of a closed table.

Pure. Decides by status and error code, since descriptions are translated, and quotes neither.
A new refusal of Canvas is a new row here and its recorded reply in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from canvas.client.auth import checked_token
from canvas.client.failures import failure
from canvas.client.policy import Reply, Verdict, verdict
from canvas.client.retrying import retry_after_s
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    CanvasError,
    ConfigError,
    ContractError,
)

LONGEST_LIFE_S: Final = 366 * 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What Canvas gave. `refresh_token` None: the one that was sent stays valid.

    `expires_in_s` None: Canvas did not say when the access token ends.
    """

    access_token: str = field(repr=False)
    expires_in_s: float | None = None
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One refusal the token endpoint is known for: its status, `error` in its body, its meaning."""

    status: int
    code: str
    error: type[CanvasError]
    cause: str
    next_step: str


_AUTHORISE: Final = (
    "authorise the developer key again in Canvas and store the new refresh token with "
    "'manage.py connect NAME --url URL --client-id ID'"
)
_UNKNOWN_TOKEN: Final = "Canvas does not know the refresh token, or not any more"
TABLE: Final[tuple[Row, ...]] = (
    Row(
        status=400,
        code="invalid_request",
        error=AccessRevokedError,
        cause=_UNKNOWN_TOKEN,
        next_step=_AUTHORISE,
    ),
    Row(
        status=400,
        code="invalid_grant",
        error=AccessRevokedError,
        cause=_UNKNOWN_TOKEN,
        next_step=_AUTHORISE,
    ),
    Row(
        status=400,
        code="unsupported_grant_type",
        error=ConfigError,
        cause="this Canvas does not refresh access tokens",
        next_step="make an access token by hand in Canvas and store it with 'manage.py connect'",
    ),
    Row(
        status=401,
        code="invalid_client",
        error=AccessRevokedError,
        cause="Canvas refuses the client id or the client secret of the developer key",
        next_step="check in Canvas that the developer key is on, then store its id and secret "
        "with 'manage.py connect NAME --url URL --client-id ID'",
    ),
)


def refusal(reply: Reply, *, headers: Mapping[str, str]) -> CanvasError | None:
    """The error an answer of the token endpoint means; None for a grant. Source: canvas-api 1.3.

    What is the same for every request to a Canvas is decided by the table for all of them.
    """
    code = reply.fields().get("error")
    for row in TABLE:
        if (row.status, row.code) == (reply.status, code):
            return row.error(status=reply.status, cause=row.cause, next_step=row.next_step)
    kind = verdict(reply)
    if kind is Verdict.OK:
        return None
    if kind in (Verdict.THROTTLE, Verdict.CONFIG):
        return failure(kind, reply=reply, headers=headers)
    if kind is Verdict.RETRY or reply.is_html:  # a web page stands in front, it says nothing of us
        # The status is not a field: of a listing a 502 would mean "ask for less".
        cause = f"Canvas could not refresh the access token (HTTP {reply.status})"
        return CanvasDownError(cause=cause, retry_after_s=retry_after_s(headers))
    return ContractError(
        status=reply.status,
        cause="Canvas answered the refresh in a way this program does not know",
        next_step="check that the address is a Canvas; if it is, report this status",
    )


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: float | str | None = None
    refresh_token: str | None = None


def grant_of(body: bytes) -> Grant:
    """Raises CanvasDownError for half an answer, ContractError for one without a usable token."""
    try:
        granted = msgspec.json.decode(body, type=_Granted)
        return Grant(
            access_token=checked_token(granted.access_token),
            expires_in_s=_life_s(granted.expires_in),
            refresh_token=checked_token(granted.refresh_token) if granted.refresh_token else None,
        )
    except (msgspec.ValidationError, ConfigError) as error:
        raise ContractError(cause="Canvas answered the refresh without a usable token") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CanvasDownError(cause="Canvas sent half an answer to the refresh") from error


def _life_s(said: float | str | None) -> float | None:
    try:
        seconds = float(said or 0)
    except ValueError:
        return None
    return seconds if 0 < seconds <= LONGEST_LIFE_S else None
