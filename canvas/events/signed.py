"""Whether a JWT is what Instructure signed: RS256, with one of the keys given, and nothing else.

What the token says of itself (`alg`, `jku`, `jwk`, `x5u`) decides nothing; `kid` only which of the
keys is tried. Source: canvas-api 6.3; RFC 7515, 8725.
"""

from __future__ import annotations

import base64
from typing import Final

import msgspec
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from canvas.events.errors import UnknownKeyError, UntrustedEventError
from canvas.events.event import Event
from canvas.events.keys import Keys, is_kid
from canvas.events.reading import Envelope, decoded, event_in

ISSUER: Final = "https://live-events.canvas.instructure.com"
ALGORITHM: Final = "RS256"
# Canvas repeats for up to twenty minutes, and whether it signs anew then is not known.
LEEWAY_S: Final = 1800.0
_jws: Final = PyJWS(algorithms=[ALGORITHM])


class _Claims(Envelope):
    """Whether Canvas sends any of these is not known, so none is asked for."""

    iss: str | None = None
    iat: float | None = None
    nbf: float | None = None
    exp: float | None = None


class _Header(msgspec.Struct):
    """Of the header of a token, what is looked at before its signature is."""

    alg: str
    kid: str


def key_name(token: bytes) -> str:
    """The `kid` of a token, as the token says. Raises UntrustedEventError for one without.

    PyJWT could tell, but takes the whole token apart for it, a second time.
    """
    try:
        header = msgspec.json.decode(_decoded(token.strip().partition(b".")[0]), type=_Header)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UntrustedEventError("header", "it does not say how it is signed") from error
    if header.alg != ALGORITHM:
        raise UntrustedEventError("algorithm", f"it is not signed with {ALGORITHM}")
    if not is_kid(header.kid):
        raise UntrustedEventError("no_kid", "it does not name the key that signs it")
    return header.kid


def _decoded(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def read_signed(token: bytes, *, keys: Keys, now: float) -> Event:
    """The event of a JWT. `now`: seconds since 1970, by a clock that can be relied on.

    Raises UnknownKeyError when none of the keys has its name, UntrustedEventError when the
    signature or a claim does not hold, UnreadableEventError when what was signed is no event.
    """
    kid = key_name(token)
    key = keys.get(kid)
    if key is None:
        raise UnknownKeyError(kid)
    try:
        signed = _jws.decode_complete(token.strip(), key, algorithms=[ALGORITHM])
    except (PyJWTError, ValueError, RecursionError) as error:
        raise UntrustedEventError("signature", "its signature does not hold") from error
    claims = decoded(signed["payload"], _Claims)
    _refuse_wrong(claims, now=now)
    return event_in(claims)


def _refuse_wrong(claims: _Claims, *, now: float) -> None:
    if claims.iss is not None and claims.iss != ISSUER:
        raise UntrustedEventError("issuer", "it was signed for another purpose")
    begins = max(claims.iat or 0.0, claims.nbf or 0.0)
    if begins > now + LEEWAY_S:
        raise UntrustedEventError("not_yet", "it was signed in the future")
    if claims.exp is not None and claims.exp < now - LEEWAY_S:
        raise UntrustedEventError("expired", "its signature has expired")
