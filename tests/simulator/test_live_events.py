"""Keys, envelope and signature of the simulator's Live Events."""

import re
from email.message import Message
from typing import Any

import jwt

from simulator import Canvas
from simulator.desk import Request
from simulator.live_events import KeySet
from simulator.live_events.handle import JWKS_PATH
from tests.simulator.browser import Browser
from tests.simulator.conftest import Starter


def _served(canvas: Canvas) -> Any:
    return Browser(canvas, token=None).get(canvas.live_events.keys_url).json


def _opened(token: bytes, canvas: Canvas) -> dict[str, object]:
    """The claims, verified with the key set as it is served."""
    keys = jwt.PyJWKSet.from_dict(_served(canvas))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, object] = jwt.decode(token, key, algorithms=["RS256"])
    return claims


def test_a_signed_event_is_verified_with_the_key_set_that_is_served(tiny: Canvas) -> None:
    event = tiny.live_events.make("course_updated", body={"course_id": "21070000000000101"})
    token = tiny.live_events.sign(event)
    assert re.fullmatch(rb"[\w-]+\.[\w-]+\.[\w-]+", token)
    claims = _opened(token, tiny)
    assert claims.pop("iss") == "https://live-events.canvas.instructure.com"
    assert claims == event


def test_the_middle_key_signs_and_the_others_are_served_with_it(tiny: Canvas) -> None:
    live, shown = tiny.live_events, _served(tiny)["keys"]
    token = live.sign(live.make("course_updated"))
    assert [key["kid"] for key in shown] == [key.kid for key in live.keys.shown]
    assert jwt.get_unverified_header(token)["kid"] == shown[1]["kid"]
    assert "d" not in shown[1]


def test_a_rotation_moves_every_key_on_by_one() -> None:
    keys = KeySet()
    _, current, coming = keys.shown
    assert keys.rotate() == keys.current == coming
    assert keys.previous == current
    assert keys.next not in (current, coming)


def test_keys_of_ones_own_come_first() -> None:
    given = [key.private for key in reversed(KeySet().shown)]
    assert [key.private for key in KeySet(given).shown] == given


def test_fetches_of_the_key_set_are_counted_and_may_fail_as_planned(fresh: Starter) -> None:
    canvas = fresh()
    canvas.faults.add("http_500", "jwks", times=1)
    anybody = Browser(canvas, token=None)
    statuses = [anybody.get(canvas.live_events.keys_url).status for _ in range(2)]
    assert statuses == [500, 200]
    assert canvas.live_events.key_fetches == 2


def test_a_fault_for_any_request_leaves_the_key_set_alone(fresh: Starter) -> None:
    canvas = fresh()
    canvas.faults.add("http_500", times=None)
    assert Browser(canvas, token=None).get(canvas.live_events.keys_url).status == 200


def test_the_key_set_is_for_everybody_and_the_panel_for_this_machine(tiny: Canvas) -> None:
    assert tiny.server is not None
    statuses = []
    for path in (JWKS_PATH, "/_simulator/live_events"):
        request = Request(method="GET", target=path, headers=Message(), origin=tiny.url)
        statuses.append(tiny.server.panel.answer(request, b"", peer="192.0.2.7").status)
    assert statuses == [200, 403]


def test_the_account_of_an_event_is_the_one_that_the_api_shows(
    tiny: Canvas, browser: Browser
) -> None:
    account = browser.get("/api/v1/accounts/1").json
    told = tiny.live_events.make("course_updated")["metadata"]
    assert told["root_account_uuid"] == tiny.live_events.root_account_uuid == account["uuid"]
    assert told["root_account_id"] == "21070000000000001"


def test_an_event_names_its_moment_its_cause_and_its_course(fresh: Starter) -> None:
    canvas = fresh()
    told = canvas.live_events.make("grade_change", course_id=101)["metadata"]
    assert told["event_time"] == "2026-09-15T08:00:00.000Z"
    assert (told["context_type"], told["context_id"]) == ("Course", "21070000000000101")
    assert told["user_login"] == canvas.world.users[canvas.world.teacher_id].login_id
    assert "job_id" not in told


def test_an_event_of_a_job_names_no_person(tiny: Canvas) -> None:
    told = tiny.live_events.make("assignment_updated", job="Course#sync")["metadata"]
    assert told["job_tag"] == "Course#sync"
    assert not {"user_id", "user_login", "request_id", "context_id"} & told.keys()


def test_metadata_may_be_told_otherwise_or_left_out(tiny: Canvas) -> None:
    other = {"root_account_uuid": "somebody-else", "user_login": None}
    told = tiny.live_events.make("course_updated", metadata=other)["metadata"]
    assert told["root_account_uuid"] == "somebody-else"
    assert "user_login" not in told


def test_two_events_of_one_moment_are_told_apart_by_their_request(tiny: Canvas) -> None:
    made = [tiny.live_events.make("course_updated")["metadata"] for _ in range(2)]
    assert made[0]["request_id"] != made[1]["request_id"]
