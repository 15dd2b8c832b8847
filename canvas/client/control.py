"""The low-volume side of a Canvas, through canvasapi: who am I, what may I see.

Synchronous; callers on an event loop use a thread. One attempt each, no retries: a person waits.
Holds ids and course names, nothing about people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from canvas.client.guard import account_of, first_of, guarded_canvas, translating
from canvas.client.origin import parse_base_url
from canvas.client.probe import ProbeFinding, probe
from canvas.errors import CanvasError, ConfigError, GoneError

__all__ = ["AccountBrief", "ControlPlane", "CourseBrief", "Identity", "ProbeFinding"]

READ_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The user a token belongs to; the id only."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBrief:
    """An account the token's user administers."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseBrief:
    """A course; all but the id is None when Canvas hides it by date (canvas-api 4.2)."""

    id: int
    name: str | None
    code: str | None
    state: str | None


class ControlPlane:
    """One Canvas, one token, a handful of requests. Raises the errors of `canvas.errors`."""

    def __init__(
        self,
        base_url: str,
        *,
        token: str,
        allow_insecure: bool = False,
        timeout_s: float = READ_TIMEOUT_S,
        contact: str = "",
    ) -> None:
        self.origin = parse_base_url(base_url, allow_insecure=allow_insecure)
        self._canvas = guarded_canvas(
            self.origin,
            token=token,
            timeout_s=timeout_s,
            allow_private=allow_insecure,
            contact=contact,
        )

    def __repr__(self) -> str:
        return f"ControlPlane({self.origin})"

    def whoami(self) -> Identity:
        """Raises AccessRevokedError for a bad token, ConfigError when no Canvas is there."""
        try:
            with translating(source="identity", path="/api/v1/users/self"):
                return Identity(id=int(self._canvas.get_current_user().id))
        except GoneError as error:
            raise ConfigError(
                cause=f"there is no Canvas at {self.origin}",
                next_step="check CANVAS_URL: it is the address you open Canvas with in a browser",
                source=error.source,
                status=error.status,
            ) from error

    def accounts(self) -> list[AccountBrief]:
        """Accounts the user administers; empty for a teacher."""
        with translating(source="accounts", path="/api/v1/accounts"):
            found = self._canvas.get_accounts()
            return [AccountBrief(id=int(one.id), name=str(one.name)) for one in found]

    def root_account_uuid(self, account_id: int | str) -> str | None:
        """By which Live Events say of which Canvas they are; None where it cannot be read.

        Source: canvas-api 4.1, 6.3.
        """
        try:
            with translating(source="account", path=f"/api/v1/accounts/{account_id}"):
                account = account_of(self._canvas, account_id)
                root = getattr(account, "root_account_id", None)
                found = account if root is None else account_of(self._canvas, root)
                uuid = getattr(found, "uuid", None)
        except CanvasError:
            return None
        return uuid if isinstance(uuid, str) and uuid else None

    def courses(self, account_id: int | str, *, limit: int) -> list[CourseBrief]:
        """The first `limit` courses of the account and below it, by id."""
        with translating(source="courses", path=f"/api/v1/accounts/{account_id}/courses"):
            found = account_of(self._canvas, account_id).get_courses()
            return _briefs(first_of(found, count=limit))

    def course(self, course_id: int) -> CourseBrief:
        """Raises GoneError when Canvas does not know it, ForbiddenError when it may not be read."""
        with translating(source="courses", path=f"/api/v1/courses/{course_id}"):
            return _briefs([self._canvas.get_course(course_id)])[0]

    def probe(self, account_id: int | str, *, course_id: int | None = None) -> list[ProbeFinding]:
        """What a sync needs, tried once each, in a fixed order; stops where going on is useless."""
        try:
            self.whoami()
        except CanvasError as error:
            return [ProbeFinding.of_error("token", error=error)]
        return [ProbeFinding.good("token"), *probe(self._canvas, account_id, course_id=course_id)]


def _briefs(courses: Iterable[Any]) -> list[CourseBrief]:
    return [
        CourseBrief(
            id=int(course.id),
            name=getattr(course, "name", None),
            code=getattr(course, "course_code", None),
            state=getattr(course, "workflow_state", None),
        )
        for course in courses
    ]
