"""Who gets in, how others are refused, and how fast anyone may go."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from simulator.auth import fingerprint
from tests.simulator.browser import Browser
from tests.simulator.conftest import HandClock, Starter

SELF = "/api/v1/users/self"
REALM = 'Bearer realm="canvas-lms"'


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("wrong-token", "Invalid access token."),
        ("revoked-1", "Revoked access token."),
        ("expired-1", "Expired access token."),
    ],
)
def test_a_dead_token_is_refused_with_the_realm(token: str, message: str, browser: Browser) -> None:
    answer = Browser(browser.canvas, token).get(SELF)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, REALM)
    assert answer.json["errors"][0]["message"] == message


def test_no_token_is_unauthenticated(browser: Browser) -> None:
    answer = Browser(browser.canvas, None).get(SELF)
    assert answer.status == 401
    assert answer.json["status"] == "unauthenticated"
    assert answer.headers["WWW-Authenticate"] == REALM


def test_a_token_in_the_query_works(browser: Browser) -> None:
    assert Browser(browser.canvas, None).get(f"{SELF}?access_token=t").json["id"] == 1


def test_no_user_agent_is_forbidden(browser: Browser) -> None:
    answer = browser.get(SELF, User_Agent="")
    assert (answer.status, answer.json["error"]) == (403, "Forbidden")


def test_only_given_tokens_are_accepted(fresh: Starter) -> None:
    canvas = fresh(tokens=("secret",))
    assert Browser(canvas, "secret").get(SELF).status == 200
    assert Browser(canvas, "other").get(SELF).status == 401


@pytest.mark.parametrize(("token", "status"), [("teacher", 403), ("old-teacher", 401)])
def test_a_missing_permission_has_no_realm(token: str, status: int, browser: Browser) -> None:
    answer = Browser(browser.canvas, token).get("/api/v1/courses/101/rubrics")
    assert answer.status == status
    assert "WWW-Authenticate" not in answer.headers
    assert answer.json["status"] == "unauthorized"


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/v1/courses/7", "/api/v1/groups/abc"])
def test_what_is_not_there_has_one_body(path: str, browser: Browser) -> None:
    answer = browser.get(path)
    body = {"errors": [{"message": "The specified resource does not exist."}]}
    assert (answer.status, answer.json) == (404, body)


def test_it_does_not_write(browser: Browser) -> None:
    assert browser.send("POST", "/api/v1/courses/101/sections", {"name": "x"}).status == 405


def test_answers_carry_canvas_headers(browser: Browser) -> None:
    headers = browser.get(f"{SELF}", Accept_Encoding="gzip").headers
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Date"] == "Tue, 15 Sep 2026 08:00:00 GMT"
    assert float(headers["X-Request-Cost"]) > 0
    assert headers["X-Request-Context-Id"]


def test_large_bodies_are_compressed_on_request(browser: Browser) -> None:
    path = "/api/v1/courses/101/enrollments?per_page=100"
    plain, small = browser.get(path), browser.get(path, Accept_Encoding="gzip, deflate")
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.json == plain.json
    assert len(small.body) < len(plain.body) / 4


def test_the_thirteenth_parallel_start_is_rejected(fresh: Starter) -> None:
    canvas = fresh(throttle=True)
    browser = Browser(canvas)
    browser.get(SELF)
    token = canvas.requests[0].token
    assert [canvas.throttle.enter(token) for _ in range(12)] == [True] * 12
    assert browser.get(SELF).status == 429
    canvas.throttle.leave(token, cost=1.0)
    assert browser.get(SELF).status == 200


def test_parallel_requests_hold_their_reservation_until_answered(fresh: Starter) -> None:
    canvas = fresh(throttle=True, latency_s=0.5)
    canvas.throttle.fill(fingerprint("t"), count=549)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: Browser(canvas).get(SELF).status, range(8)))
    assert sorted(statuses)[:2] == [200, 200]
    assert 429 in statuses


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (403, "403 Forbidden (Rate Limit Exceeded)"),
        (429, "429 Too Many Requests (Rate Limit Exceeded)"),
    ],
)
def test_a_full_bucket_rejects_and_recovers(status: int, text: str, fresh: Starter) -> None:
    clock = HandClock()
    canvas = fresh(throttle=True, throttle_status=status, ticks=clock)
    browser = Browser(canvas)
    browser.get(SELF)
    canvas.throttle.fill(canvas.requests[0].token, count=645)
    rejected = browser.get(SELF)
    assert (rejected.status, rejected.text) == (status, text)
    assert float(rejected.headers["X-Rate-Limit-Remaining"]) > 0
    assert "X-Request-Cost" not in rejected.headers
    clock.seconds += 5
    assert browser.get(SELF).status == 200


def test_each_token_has_its_own_bucket(fresh: Starter) -> None:
    canvas = fresh(throttle=True)
    Browser(canvas, "one").get(SELF)
    canvas.throttle.fill(canvas.requests[0].token)
    assert Browser(canvas, "one").get(SELF).status == 429
    assert Browser(canvas, "two").get(SELF).status == 200


def test_the_control_panel_describes_changes_and_resets(fresh: Starter) -> None:
    browser = Browser(fresh(), None)
    about = browser.get("/_simulator/").json
    assert [course["id"] for course in about["courses"]] == [101, 102, 103]
    change = {"op": "rename_course", "course_id": 102, "name": "Changed"}
    effects = browser.send("POST", "/_simulator/mutate", change).json
    assert effects["resources"]["courses"]["updated"] == 1
    after = browser.send("POST", "/_simulator/reset").json
    assert after["courses"] == about["courses"]


def test_the_control_panel_plans_faults_and_shows_requests(fresh: Starter) -> None:
    canvas = fresh()
    browser = Browser(canvas)
    browser.send("POST", "/_simulator/faults", {"kind": "http_500", "path": "users/self"})
    assert browser.get(f"{SELF}?a=1").status == 500
    (entry,) = browser.get("/_simulator/requests").json
    assert (entry["method"], entry["path"], entry["query"]) == ("GET", SELF, "a=1")
    assert (entry["status"], entry["fault"]) == (500, "http_500")
    assert browser.send("DELETE", "/_simulator/faults").status == 200
    assert len(canvas.faults) == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [("mutate", {"op": "nothing"}), ("faults", {"kind": "nothing"}), ("mutate", [1])],
)
def test_the_control_panel_says_what_is_wrong(path: str, body: Any, fresh: Starter) -> None:
    answer = Browser(fresh()).send("POST", f"/_simulator/{path}", body)
    assert answer.status == 400
    assert answer.json["errors"][0]["message"]


def test_tokens_do_not_appear_in_the_request_log(fresh: Starter) -> None:
    canvas = fresh()
    Browser(canvas, "canary-1").get(SELF)
    Browser(canvas, None).get(f"{SELF}?access_token=canary-2")
    assert "canary" not in json.dumps(canvas.requests.as_json())
