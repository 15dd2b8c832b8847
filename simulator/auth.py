"""Who calls: a token becomes a caller with rights, or one of Canvas's refusals (canvas-api 1.4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.message import Message

from simulator.errors import Refusal, bad_token, no_user_agent, not_permitted, unauthenticated
from simulator.oauth import OAuth
from simulator.query import Query

WRONG_PREFIXES = ("wrong", "bad", "invalid", "nope")
EXPIRED_AT = "2026-09-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The user behind a token and what that user may do."""

    user_id: int
    admin: bool
    refusal_status: int = 403

    @property
    def sis(self) -> bool:
        """Whether SIS ids, logins and e-mail addresses are shown."""
        return self.admin

    def require_admin(self) -> None:
        """Raises Refusal unless the caller administers the account."""
        if not self.admin:
            raise self.refusal()

    def refusal(self) -> Refusal:
        """The permission error in the form this caller's installation uses."""
        return not_permitted(self.refusal_status)


class Doorkeeper:
    """Tells callers from their tokens. With no list of tokens every unknown one is an admin's.

    With developer keys only what they were granted and the listed tokens are known.
    """

    def __init__(
        self,
        tokens: tuple[str, ...] = (),
        *,
        admin_id: int = 1,
        teacher_id: int = 1,
        oauth: OAuth | None = None,
    ) -> None:
        self.tokens, self.admin_id, self.teacher_id = tokens, admin_id, teacher_id
        self.oauth = oauth

    def admit(self, token: str | None, headers: Message) -> Caller:
        """The caller. Raises Refusal for no name, no token or one that is refused."""
        if not headers.get("User-Agent", "").strip():
            raise no_user_agent()
        if not token:
            raise unauthenticated()
        self._refuse_dead(token)
        if token.startswith("old-teacher"):
            return Caller(user_id=self.teacher_id, admin=False, refusal_status=401)
        if token.startswith("teacher"):
            return Caller(user_id=self.teacher_id, admin=False)
        return Caller(user_id=self.admin_id, admin=True)

    def _refuse_dead(self, token: str) -> None:
        if token.startswith("revoked"):
            raise bad_token("Revoked access token.")
        if token.startswith("expired"):
            raise bad_token("Expired access token.", expired_at=EXPIRED_AT)
        if self.oauth is not None:
            if token not in self.tokens and not self.oauth.knows(token):
                raise bad_token()
            return
        unknown = bool(self.tokens) and token not in self.tokens
        if unknown or (not self.tokens and token.startswith(WRONG_PREFIXES)):
            raise bad_token()


def token_of(headers: Message, query: Query) -> str | None:
    """The token of a request: the header first, then the query."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return query.one("access_token")


def fingerprint(token: str | None) -> str:
    """A token's name in logs and buckets, which does not give it away."""
    return hashlib.sha256(token.encode()).hexdigest()[:12] if token else "none"
