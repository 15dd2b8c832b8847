"""Developer keys: refresh tokens, access tokens that end, and the endpoint that trades them.

As in canvas-api 1.3: a refresh regenerates the same access token, so the one before is dead at
once; public keys get a new refresh token each time, confidential ones keep theirs.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from simulator.errors import Refusal, not_found
from simulator.reply import Reply, json_reply

if TYPE_CHECKING:
    from simulator.desk import Desk, Request

PATH: Final = "/login/oauth2/token"
LIFETIME_S: Final = 3600.0
REALM: Final = {"WWW-Authenticate": "Canvas OAuth 2.0"}
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(slots=True, kw_only=True)
class Authorisation:
    """What a person agreed to: one refresh token and the one access token that goes with it.

    `role` begins the access token; `teacher` and `old-teacher` play those parts.
    """

    client_id: str
    role: str
    refresh_token: str
    access_token: str
    ends_at_s: float


@dataclass(slots=True, kw_only=True)
class OAuth:
    """The developer keys of a simulated Canvas, and what was granted to them.

    `granted` counts refreshes that were answered with a token, `refused` those that were not.
    `clock` is set by the simulator it is given to. Safe to use from other threads.
    """

    lifetime_s: float = LIFETIME_S
    clock: Callable[[], float] = lambda: 0.0
    granted: int = 0
    refused: int = 0
    keys: dict[str, tuple[str, bool]] = field(default_factory=dict)
    authorisations: dict[str, Authorisation] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def add_key(self, client_id: str, secret: str, *, rotating: bool = False) -> None:
        """A developer key; `rotating` as public keys are: each refresh token is good for once."""
        self.keys[client_id] = (secret, rotating)

    def authorise(
        self, client_id: str, *, role: str = "admin", refresh_token: str | None = None
    ) -> Authorisation:
        """As when a person has agreed in the browser and the code was traded in.

        For the clock of a simulator: call it once that has started.
        """
        with self._lock:
            made = Authorisation(
                client_id=client_id,
                role=role,
                refresh_token=refresh_token or _new("refresh"),
                access_token=_new(role),
                ends_at_s=self.clock() + self.lifetime_s,
            )
            self.authorisations[made.refresh_token] = made
            return made

    def knows(self, access_token: str) -> bool:
        """Whether it is the present access token of somebody and has not ended."""
        with self._lock:
            found = [one for one in self._all() if one.access_token == access_token]
            return any(self.clock() < one.ends_at_s for one in found)

    def expire(self) -> None:
        """End every access token now."""
        with self._lock:
            for one in self._all():
                one.ends_at_s = self.clock()

    def revoke(self) -> None:
        """As when the person takes back what was agreed: no token of any kind is good any more."""
        with self._lock:
            self.authorisations.clear()

    def token(self, fields: dict[str, str]) -> dict[str, Any]:
        """The answer to a refresh. Raises Refusal as the token endpoint does."""
        with self._lock:
            try:
                body = self._refreshed(fields)
            except Refusal:
                self.refused += 1
                raise
            self.granted += 1
            return body

    def _refreshed(self, fields: dict[str, str]) -> dict[str, Any]:
        if fields.get("grant_type") != "refresh_token":
            raise _refused("unsupported_grant_type", "The grant_type you requested is not known")
        client_id = fields.get("client_id", "")
        secret, rotating = self.keys.get(client_id, ("", False))
        if not secret or fields.get("client_secret") != secret:
            raise Refusal(
                401,
                {"error": "invalid_client", "error_description": "unknown client"},
                headers=dict(REALM),
            )
        if not fields.get("refresh_token"):
            raise _refused("invalid_request", "You must provide the refresh_token parameter")
        one = self.authorisations.get(fields["refresh_token"])
        if one is None:
            raise _refused("invalid_request", "refresh_token not found")
        if one.client_id != client_id:
            raise _refused("invalid_grant", "incorrect client")
        one.access_token = _new(one.role)
        one.ends_at_s = self.clock() + self.lifetime_s
        body = {
            "access_token": one.access_token,
            "token_type": "Bearer",
            "user": {"id": 1, "name": "Simulated Admin", "global_id": "10000000000001"},
            "expires_in": int(self.lifetime_s),
            "canvas_region": "local",
        }
        return body | (self._rotated(one) if rotating else {})

    def _rotated(self, one: Authorisation) -> dict[str, str]:
        del self.authorisations[one.refresh_token]
        one.refresh_token = _new("refresh")
        self.authorisations[one.refresh_token] = one
        return {"refresh_token": one.refresh_token}

    def _all(self) -> list[Authorisation]:
        return list(self.authorisations.values())


def _new(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(24)}"


def _refused(code: str, description: str) -> Refusal:
    return Refusal(400, {"error": code, "error_description": description})


def answer_token(desk: Desk, request: Request) -> Reply:
    """What is posted to `PATH`. Raises Refusal; 404 where no developer keys were set up."""
    oauth = desk.doorkeeper.oauth
    if oauth is None:
        raise not_found()
    is_form = request.headers.get("Content-Type", "").partition(";")[0].strip() == FORM
    fields = dict(parse_qsl(request.body.decode("latin-1"))) if is_form else {}
    return json_reply(oauth.token(fields))
