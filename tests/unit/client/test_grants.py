"""What the token endpoint answers, row by row, each with the reply Canvas sent."""

import json

import pytest

from canvas.client.grants import TABLE, Grant, grant_of, refusal
from canvas.client.policy import Reply
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    CanvasError,
    ConfigError,
    ContractError,
    ThrottledError,
)
from tests.unit.client.canned import HTML, JSON, TEXT


def says(status: int, body: object, *, kind: str = JSON) -> Reply:
    text = body if isinstance(body, str) else json.dumps(body)
    return Reply(status=status, content_type=kind, body_start=text.encode())


def oauth_error(status: int, code: str, description: str = "anything") -> Reply:
    return says(status, {"error": code, "error_description": description})


RECORDED: dict[str, tuple[Reply, type[CanvasError]]] = {
    "refresh token unknown": (
        oauth_error(400, "invalid_request", "refresh_token not found"),
        AccessRevokedError,
    ),
    "refresh token unknown, in French": (
        oauth_error(400, "invalid_request", "refresh_token introuvable"),
        AccessRevokedError,
    ),
    "token of another key": (
        oauth_error(400, "invalid_grant", "incorrect client"),
        AccessRevokedError,
    ),
    "grant type unknown": (oauth_error(400, "unsupported_grant_type"), ConfigError),
    "wrong secret": (oauth_error(401, "invalid_client", "unknown client"), AccessRevokedError),
    "throttled": (
        says(429, "429 Too Many Requests (Rate Limit Exceeded)", kind=TEXT),
        ThrottledError,
    ),
    "throttled, self-hosted": (
        says(403, "403 Forbidden (Rate Limit Exceeded)", kind=TEXT),
        ThrottledError,
    ),
    "no user agent": (
        says(403, {"error": "Forbidden", "message": "needs a valid user agent."}),
        ConfigError,
    ),
    "redirect": (says(302, "", kind=HTML), ConfigError),
    "error of its own": (says(500, {"errors": []}), CanvasDownError),
    "bad gateway": (says(502, "<html>", kind=HTML), CanvasDownError),
    "maintenance": (says(503, "<html>", kind=HTML), CanvasDownError),
    "too slow": (says(504, "", kind=TEXT), CanvasDownError),
    "login page": (says(200, "<html>", kind=HTML), CanvasDownError),
    "page of a firewall": (says(403, "<html>", kind=HTML), CanvasDownError),
}
UNKNOWN = {
    "a code nobody knows": oauth_error(400, "invalid_moon"),
    "a known code with another status": oauth_error(401, "invalid_grant"),
    "no code at all": says(400, {"errors": [{"message": "invalid_grant"}]}),
    "a permission": says(401, {"errors": [{"message": "user not authorized"}]}),
    "no such path": says(404, {"errors": [{"message": "does not exist."}]}),
    "a status nobody knows": says(418, ""),
}


@pytest.mark.parametrize(("reply", "kind"), RECORDED.values(), ids=RECORDED)
def test_each_refusal_is_known(reply: Reply, kind: type[CanvasError]) -> None:
    assert type(refusal(reply, headers={})) is kind


@pytest.mark.parametrize("reply", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_unknown_is_neither_repeated_nor_final(reply: Reply) -> None:
    assert type(refusal(reply, headers={})) is ContractError


def test_every_row_has_its_recorded_reply() -> None:
    recorded = [reply for reply, _ in RECORDED.values()]
    for row in TABLE:
        assert any((r.status, r.fields().get("error")) == (row.status, row.code) for r in recorded)


def test_the_two_final_refusals_are_told_apart() -> None:
    refused = refusal(oauth_error(400, "invalid_grant"), headers={})
    unknown_key = refusal(oauth_error(401, "invalid_client"), headers={})
    assert "refresh token" in str(refused)
    assert "client secret" in str(unknown_key)


def test_what_canvas_asks_to_wait_is_kept() -> None:
    for reply in (says(503, "", kind=HTML), says(429, "", kind=TEXT)):
        error = refusal(reply, headers={"retry-after": "7"})
        assert isinstance(error, CanvasDownError | ThrottledError)
        assert error.retry_after_s == 7


def test_a_bad_gateway_is_not_taken_for_a_page_that_was_too_large() -> None:
    error = refusal(says(502, "", kind=HTML), headers={})
    assert error is not None
    assert error.status is None
    assert "502" in str(error)


def test_a_key_that_keeps_its_refresh_token() -> None:
    answer = {"access_token": "7~abc", "token_type": "Bearer", "expires_in": 3600, "user": {}}
    assert refusal(says(200, answer), headers={}) is None
    assert grant_of(json.dumps(answer).encode()) == Grant(access_token="7~abc", expires_in_s=3600)


def test_a_key_that_gets_a_new_refresh_token() -> None:
    grant = grant_of(b'{"access_token": "a", "expires_in": "60", "refresh_token": "r2"}')
    assert grant == Grant(access_token="a", expires_in_s=60, refresh_token="r2")


@pytest.mark.parametrize("said", ["null", "0", "-5", '""', '"soon"', "1e300"])
def test_an_end_that_makes_no_sense_is_not_known(said: str) -> None:
    grant = grant_of(f'{{"access_token": "a", "expires_in": {said}}}'.encode())
    assert grant.expires_in_s is None


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"access_token": ""}',
        b'{"access_token": null}',
        b'{"access_token": "a\\nb"}',
    ],
)
def test_an_answer_without_a_token_is_refused(body: bytes) -> None:
    with pytest.raises(ContractError):
        grant_of(body)


@pytest.mark.parametrize("body", [b"", b'{"access_token": "ab', b"\xff\xfe"])
def test_half_an_answer_may_be_whole_the_next_time(body: bytes) -> None:
    with pytest.raises(CanvasDownError):
        grant_of(body)


def test_a_grant_shows_neither_token() -> None:
    assert "canary" not in repr(Grant(access_token="canary-1", refresh_token="canary-2"))
