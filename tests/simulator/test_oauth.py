"""Developer keys of the simulated Canvas: as canvas-api 1.3 says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from simulator import Canvas, start
from simulator.oauth import OAuth
from tests.simulator.browser import Browser
from tests.simulator.conftest import HandClock

SELF = "/api/v1/users/self"


@dataclass(slots=True, kw_only=True)
class Desk:
    canvas: Canvas
    oauth: OAuth
    clock: HandClock

    def ask(self, token: str) -> int:
        return Browser(self.canvas, token).get(SELF).status

    def refresh(self, token: str, **fields: str) -> tuple[int, dict[str, object]]:
        form = {
            "grant_type": "refresh_token",
            "client_id": "1",
            "client_secret": "s",
            "refresh_token": token,
        }
        body = urlencode(form | fields).encode()
        request = Request(f"{self.canvas.url}/login/oauth2/token", body)
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error) | {"realm": error.headers["WWW-Authenticate"]}


@pytest.fixture
def desk() -> Iterator[Desk]:
    oauth, clock = OAuth(), HandClock()
    with start("tiny", oauth=oauth, ticks=clock, throttle=False) as canvas:
        oauth.add_key("1", "s")
        oauth.add_key("2", "s", rotating=True)
        yield Desk(canvas=canvas, oauth=oauth, clock=clock)


def test_an_access_token_ends_after_an_hour(desk: Desk) -> None:
    token = desk.oauth.authorise("1").access_token
    assert desk.ask(token) == 200
    desk.clock.seconds += 3600
    assert desk.ask(token) == 401


def test_a_refresh_kills_the_token_before_at_once(desk: Desk) -> None:
    one = desk.oauth.authorise("1")
    before, refresh_token = one.access_token, one.refresh_token
    status, body = desk.refresh(refresh_token)
    assert (status, body["expires_in"], "refresh_token" in body) == (200, 3600, False)
    assert (desk.ask(before), desk.ask(str(body["access_token"]))) == (401, 200)
    assert desk.refresh(refresh_token)[0] == 200
    assert desk.oauth.granted == 2


def test_a_refresh_token_of_a_public_key_is_good_for_once(desk: Desk) -> None:
    first = desk.oauth.authorise("2").refresh_token
    second = str(desk.refresh(first, client_id="2")[1]["refresh_token"])
    assert first != second
    assert desk.refresh(first, client_id="2")[0] == 400
    assert desk.refresh(second, client_id="2")[0] == 200


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"client_id": "9"}, 401, "invalid_client"),
        ({"client_id": "2"}, 400, "invalid_grant"),
        ({"refresh_token": "x"}, 400, "invalid_request"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_form_is_refused(desk: Desk, wrong: dict[str, str], status: int, code: str) -> None:
    said = desk.refresh(desk.oauth.authorise("1").refresh_token, **wrong)
    assert (said[0], said[1]["error"]) == (status, code)
    assert said[1]["realm"] == ("Canvas OAuth 2.0" if status == 401 else None)
    assert (desk.oauth.granted, desk.oauth.refused) == (0, 1)


def test_only_what_was_granted_comes_in(desk: Desk) -> None:
    assert desk.ask("anything") == 401
    one = desk.oauth.authorise("1")
    desk.oauth.revoke()
    assert desk.ask(one.access_token) == 401
    assert desk.refresh(one.refresh_token)[0] == 400


def test_a_token_plays_the_part_it_was_given_for(desk: Desk) -> None:
    teacher = Browser(desk.canvas, desk.oauth.authorise("1", role="old-teacher").access_token)
    answer = teacher.get("/api/v1/courses/101/rubrics")
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, None)


def test_without_keys_there_is_no_token_endpoint(browser: Browser) -> None:
    assert browser.send("POST", "/login/oauth2/token", {}).status == 404
