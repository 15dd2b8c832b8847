"""How a request says who it is: the token, only towards its origin, and an honest User-Agent."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Final

import httpx

from canvas.client.origin import Origin
from canvas.errors import ConfigError, ContractError

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


class TokenAuth(httpx.Auth):
    """Adds the bearer token to requests for the origin and lets no other request leave."""

    def __init__(self, token: str, *, origin: Origin) -> None:
        self._header = f"Bearer {checked_token(token)}"
        self._origin = origin

    def __repr__(self) -> str:
        return f"TokenAuth({self._origin})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self._origin.same_origin(request.url):
            raise ContractError(cause=f"a request was about to leave {self._origin}")
        request.headers["Authorization"] = self._header
        yield request
