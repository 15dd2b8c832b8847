"""How Canvas says no: each refusal with the status, headers and body of canvas-api 1.4."""

from __future__ import annotations

from typing import Any

REALM = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}


class Refusal(Exception):
    """An answer other than 200, raised where it is decided and written where replies are."""

    def __init__(
        self,
        status: int,
        body: Any,
        *,
        headers: dict[str, str] | None = None,
        text: bool = False,
    ) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body, self.text = status, body, text
        self.headers = headers or {}


def message(text: str, **more: Any) -> dict[str, Any]:
    """Canvas's usual list of one error."""
    return {"errors": [{"message": text, **more}]}


def not_found() -> Refusal:
    """Missing, deleted or invisible: one body for all three."""
    return Refusal(404, message("The specified resource does not exist."))


def tab_disabled() -> Refusal:
    """A page of the course that its teacher switched off."""
    return Refusal(404, {"message": "That page has been disabled for this course"})


def not_permitted(status: int = 403) -> Refusal:
    """Known but not permitted: 403 on newer installations, 401 without header on older ones."""
    text = "user not authorized to perform that action"
    return Refusal(status, {"status": "unauthorized", **message(text)})


def bad_request(body: Any) -> Refusal:
    """A parameter that Canvas refuses; the body's shape depends on the controller."""
    return Refusal(400, body)


def unauthenticated() -> Refusal:
    """No credentials at all."""
    body = {"status": "unauthenticated", **message("user authorization required")}
    return Refusal(401, body, headers=dict(REALM))


def bad_token(text: str = "Invalid access token.", **more: Any) -> Refusal:
    """A token that is unknown, revoked or expired."""
    return Refusal(401, message(text, **more), headers=dict(REALM))


def no_user_agent() -> Refusal:
    """Hosted Canvas refuses callers without a name (canvas-api 1.7)."""
    text = "This request must include a valid user agent."
    return Refusal(403, {"error": "Forbidden", "message": text})


def throttled(status: int) -> Refusal:
    """The bucket is full (canvas-api 3.4): 403 on older installations, 429 on hosted ones."""
    phrase = "Forbidden" if status == 403 else "Too Many Requests"
    return Refusal(status, f"{status} {phrase} (Rate Limit Exceeded)", text=True)


def method_not_allowed() -> Refusal:
    """The simulator is a Canvas to read."""
    return Refusal(405, message("The simulator does not write."))
