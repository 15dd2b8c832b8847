"""How a request says who it is: the token, only towards its origin, and an honest User-Agent.

Where tokens come from is a `TokenSource`; the one in here never gets a second one. Nothing here
shows a token: not by repr, not in errors, not in the identity of a source.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Final, Protocol

import httpx

from canvas.client.origin import Origin
from canvas.errors import AccessRevokedError, ConfigError, ContractError

PRODUCT: Final = "canvas-mirror"
VERSION: Final = "0.1.0"
_TOKEN: Final = re.compile(r"[!-~]+")
_CONTACT: Final = re.compile(r"[ -'*-~]+")  # printable ASCII without parentheses


def user_agent(contact: str = "") -> str:
    """`canvas-mirror/0.1.0 (+contact)`; hosted Canvas refuses requests without one.

    Source: canvas-api 1.7.
    """
    if not contact:
        return f"{PRODUCT}/{VERSION}"
    if not _CONTACT.fullmatch(contact):
        raise ConfigError(
            cause="the contact for the User-Agent holds characters a header cannot carry",
            next_step="use a plain e-mail address or URL",
        )
    return f"{PRODUCT}/{VERSION} (+{contact})"


def checked_token(token: str) -> str:
    """The token without surrounding blanks; ConfigError if no header could carry it."""
    bare = token.strip()
    if not _TOKEN.fullmatch(bare):
        raise ConfigError(
            cause="there is no access token" if not bare else "the access token is malformed",
            next_step="copy the whole token from Canvas into CANVAS_TOKEN or `manage.py connect`",
        )
    return bare


def identity_of(origin: Origin, *, secret: str) -> str:
    """A name for whom a Canvas counts requests of; tells nothing about `secret`."""
    named = f"{origin}\x1f{secret}".encode()
    return hashlib.sha256(named).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bearer token; two are equal when their values are."""

    value: str = field(repr=False)


class TokenSource(Protocol):
    """Where a client gets its token. Safe for concurrent tasks; the client holds one per Canvas."""

    @property
    def identity(self) -> str:
        """Names the credential and its quota: a hash, the same after every refresh."""
        ...

    async def current(self) -> Token:
        """The token to use now, refreshed ahead of its end where that can be done.

        Raises AccessRevokedError, without a request, for a credential known to be refused.
        """
        ...

    async def renew(self, refused: Token) -> Token:
        """Another token after Canvas refused this one; asked at most once per request.

        Raises AccessRevokedError when there is no other, RetryableError when none can be had now.
        """
        ...

    async def refused(self, token: Token) -> None:
        """Told once before a client gives up with AccessRevokedError: nobody need try again.

        `token` is the one that was refused last; the source may have another by now.
        """
        ...


class FixedToken:
    """A token made by hand in Canvas: there is no other to be had."""

    def __init__(self, value: str, *, origin: Origin) -> None:
        self._token = Token(value=checked_token(value))
        self._identity = identity_of(origin, secret=self._token.value)

    def __repr__(self) -> str:
        return f"FixedToken({self._identity[:8]})"

    @property
    def identity(self) -> str:
        return self._identity

    async def current(self) -> Token:
        return self._token

    async def renew(self, refused: Token) -> Token:
        raise AccessRevokedError

    async def refused(self, token: Token) -> None:
        """Nothing remembers it; the error says it."""


class TokenAuth(httpx.Auth):
    """Adds the bearer token to one request for the origin and lets no other request leave."""

    def __init__(self, token: str, *, origin: Origin) -> None:
        self._header = f"Bearer {checked_token(token)}"
        self._origin = origin

    def __repr__(self) -> str:
        return f"TokenAuth({self._origin})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self.sign(request)
        yield request

    def sign(self, request: httpx.Request) -> None:
        """Raises ContractError, and adds nothing, for a request that goes elsewhere."""
        if not self._origin.same_origin(request.url):
            raise ContractError(cause=f"a request was about to leave {self._origin}")
        request.headers["Authorization"] = self._header
