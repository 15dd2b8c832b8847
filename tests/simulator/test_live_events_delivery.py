"""Events on their way: posted, signed, tried again, given up."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import jwt
import pytest

from simulator import Canvas
from tests.simulator.browser import Browser
from tests.simulator.conftest import Starter
from tests.simulator.receiver import Receiver


@pytest.fixture
def canvas(fresh: Starter) -> Canvas:
    made = fresh()
    made.live_events.postman.backoff_s = 0.001
    return made


@pytest.fixture
def receiving() -> Iterator[Any]:
    """Opens receivers, each with its answers, and closes them after the test."""
    with ExitStack() as opened:
        yield lambda *answers: opened.enter_context(Receiver(*answers))


def _names(receiver: Receiver) -> list[str]:
    """What a receiver of unsigned events was told."""
    return [json.loads(post.body)["metadata"]["event_name"] for post in receiver.posts]


def test_an_event_arrives_signed_as_jwt(canvas: Canvas, receiving: Any) -> None:
    receiver = receiving()
    canvas.live_events.subscribe(receiver.url)
    canvas.mutate("rename_course", course_id=101)
    canvas.live_events.wait()
    (post,) = receiver.posts
    public = canvas.live_events.keys.current.private.public_key()
    claims = jwt.decode(post.body, public, algorithms=["RS256"])
    assert (post.path, post.content_type) == ("/hook/secret", "application/jwt")
    assert claims["body"] == canvas.live_events.sent[0]["body"]


def test_an_unsigned_event_is_the_event_itself(canvas: Canvas, receiving: Any) -> None:
    receiver = receiving()
    canvas.live_events.subscribe(receiver.url, signed=False)
    canvas.mutate("rename_course", course_id=101)
    canvas.live_events.wait()
    (post,) = receiver.posts
    assert post.content_type == "application/json"
    assert [json.loads(post.body)] == canvas.live_events.sent


def test_a_signed_event_may_call_itself_json_as_it_did_before(
    canvas: Canvas, receiving: Any
) -> None:
    receiver = receiving()
    canvas.live_events.subscribe(receiver.url, content_type="application/json")
    canvas.live_events.send([canvas.live_events.make("course_updated")])
    canvas.live_events.wait()
    assert receiver.posts[0].content_type == "application/json"
    assert receiver.posts[0].body.count(b".") == 2


@pytest.mark.parametrize("refusal", [500, 401, 302, 0])
def test_a_refused_event_is_posted_again_until_it_is_taken(
    canvas: Canvas, receiving: Any, refusal: int
) -> None:
    receiver = receiving(refusal, refusal, 204)
    canvas.live_events.subscribe(receiver.url)
    canvas.mutate("rename_course", course_id=101)
    canvas.live_events.wait()
    (delivery,) = canvas.live_events.deliveries
    assert delivery.statuses == [refusal or None, refusal or None, 204]
    assert delivery.state == "delivered"
    assert len({post.body for post in receiver.posts}) == 1


def test_after_four_tries_an_event_is_lost(canvas: Canvas, receiving: Any) -> None:
    receiver = receiving(503)
    canvas.live_events.subscribe(receiver.url)
    canvas.mutate("rename_course", course_id=101)
    canvas.live_events.wait()
    (delivery,) = canvas.live_events.deliveries
    assert (delivery.state, delivery.statuses) == ("lost", [503] * 4)
    assert len(receiver.posts) == 4


def test_a_receiver_that_is_away_holds_up_nobody_else(canvas: Canvas, receiving: Any) -> None:
    away, there = Receiver(), receiving()
    canvas.live_events.subscribe(away.url)
    canvas.live_events.subscribe(there.url)
    away.shutdown()
    away.server_close()
    canvas.mutate("rename_course", course_id=101)
    canvas.live_events.wait()
    assert len(there.posts) == 1
    assert [one.statuses for one in canvas.live_events.deliveries] == [[None] * 4, [204]]


def test_a_receiver_that_does_not_answer_is_not_waited_for(canvas: Canvas) -> None:
    canvas.live_events.postman.timeout_s = 0.02
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        canvas.live_events.subscribe(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        canvas.mutate("rename_course", course_id=101)
        canvas.live_events.wait()
    assert [one.statuses for one in canvas.live_events.deliveries] == [[None] * 4]


def test_a_late_try_bears_the_key_of_its_moment(canvas: Canvas, receiving: Any) -> None:
    live, receiver = canvas.live_events, receiving(500, 204)
    live.postman.sign = lambda event: _rotated(canvas, event)
    live.subscribe(receiver.url)
    live.send([live.make("course_updated")])
    live.wait()
    kids = [jwt.get_unverified_header(post.body)["kid"] for post in receiver.posts]
    assert kids == [live.keys.previous.kid, live.keys.current.kid]


def _rotated(canvas: Canvas, event: dict[str, Any]) -> bytes:
    canvas.live_events.keys.rotate()
    return canvas.live_events.sign(event)


def test_events_may_come_more_than_once(canvas: Canvas, receiving: Any) -> None:
    receiver = receiving()
    canvas.live_events.subscribe(receiver.url, signed=False, copies=2)
    canvas.mutate("rename_course", course_id=101)
    canvas.live_events.wait()
    assert _names(receiver) == ["course_updated"] * 3
    assert len({post.body for post in receiver.posts}) == 1


def test_events_may_come_in_another_order(canvas: Canvas, receiving: Any) -> None:
    plain, mixed = receiving(), receiving()
    canvas.live_events.subscribe(plain.url, signed=False)
    canvas.live_events.subscribe(mixed.url, signed=False, shuffle=True)
    canvas.live_events.send(canvas.live_events.burst(20, course_id=101, over=20))
    canvas.live_events.wait()
    bodies = [[post.body for post in receiver.posts] for receiver in (plain, mixed)]
    assert bodies[0] != bodies[1]
    assert sorted(bodies[0]) == sorted(bodies[1])


def test_events_may_be_late(canvas: Canvas, receiving: Any) -> None:
    receiver = receiving()
    canvas.live_events.subscribe(receiver.url, delay_s=3600)
    canvas.mutate("rename_course", course_id=101)
    with pytest.raises(TimeoutError, match="1 events"):
        canvas.live_events.wait(timeout_s=0.01)
    assert receiver.posts == []


def test_a_burst_names_its_submissions_by_turns(canvas: Canvas) -> None:
    events = canvas.live_events.burst(1000, course_id=101, over=7)
    named = [event["body"]["submission_id"] for event in events]
    assert (len(named), len(set(named))) == (1000, 7)
    assert len({event["metadata"]["request_id"] for event in events}) == 1000
    assert canvas.live_events.sent == []


def test_who_unsubscribed_is_told_no_more(canvas: Canvas, receiving: Any) -> None:
    one, other = receiving(), receiving()
    for receiver in (one, other):
        canvas.live_events.subscribe(receiver.url)
    canvas.live_events.unsubscribe(one.url)
    canvas.mutate("rename_course", course_id=101)
    canvas.live_events.wait()
    assert (len(one.posts), len(other.posts)) == (0, 1)


def test_a_reset_forgets_what_was_sent_and_keeps_who_is_told(
    canvas: Canvas, receiving: Any
) -> None:
    live, receiver = canvas.live_events, receiving()
    live.subscribe(receiver.url)
    live.subscribe("http://127.0.0.1:9/", delay_s=3600)
    keys = live.keys.shown
    canvas.mutate("rename_course", course_id=101)
    canvas.reset()
    live.wait()
    assert (live.sent, live.deliveries) == ([], [])
    assert (len(live.subscriptions), live.keys.shown) == (2, keys)


def test_receivers_come_and_go_by_the_panel(canvas: Canvas, receiving: Any) -> None:
    receiver, panel = receiving(), Browser(canvas, token=None)
    made = panel.send("POST", "/_simulator/live_events", {"url": receiver.url, "signed": False})
    assert made.json["url"] == receiver.url
    panel.send("POST", "/_simulator/mutate", {"op": "rename_course", "course_id": 101})
    canvas.live_events.wait()
    shown = panel.get("/_simulator/live_events").json
    assert shown["deliveries"] == [
        {
            "event_name": "course_updated",
            "url": receiver.url,
            "statuses": [204],
            "state": "delivered",
        }
    ]
    panel.send("DELETE", "/_simulator/live_events")
    assert panel.get("/_simulator/live_events").json["subscriptions"] == []


@pytest.mark.parametrize("url", ["ftp://a.example/", "no address", "http:///path"])
def test_an_address_that_is_none_is_refused(canvas: Canvas, url: str) -> None:
    answer = Browser(canvas).send("POST", "/_simulator/live_events", {"url": url})
    assert answer.status == 400
    assert url in answer.json["errors"][0]["message"]
