"""R33: what is not signed as it must be, or is of another Canvas, is refused and leaves no row."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.intake import Inbox
from tests.events import SigningKey, forgeries
from tests.web import Web


@pytest.fixture(scope="module")
def inbox(still_canvas: Canvas, new_mirror: NewMirror) -> Inbox:
    return Inbox.of(still_canvas, new_mirror(still_canvas.url, "postgres"))


@pytest.fixture(scope="module")
def web(inbox: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with inbox.web(tmp_path_factory.mktemp("web") / "web.log") as running:
        yield running


def test_r33_a_forged_event_is_refused_and_leaves_no_row(inbox: Inbox, web: Web) -> None:
    genuine = inbox.key.sign(inbox.event())
    assert inbox.post(web, genuine).status_code == 204
    refused = forgeries(inbox.key, now=time.time())
    refused["unsigned"] = json.dumps(inbox.event()).encode()
    refused["unknown key"] = SigningKey(kid="unknown").sign(inbox.event())
    told = {name: inbox.post(web, body).status_code for name, body in refused.items()}
    assert told == dict.fromkeys(refused, 401)
    assert inbox.post(web, genuine).status_code == 204
    assert inbox.stored() == [("grade_change", 1)]


def test_r33_an_event_of_another_customer_is_refused_though_its_signature_holds(
    inbox: Inbox, web: Web
) -> None:
    inbox.empty()
    others = inbox.event()
    others["metadata"]["root_account_uuid"] = "of-another-school"
    nobodys = inbox.event()
    del nobodys["metadata"]["root_account_uuid"]
    for told in (others, nobodys):
        assert inbox.post(web, inbox.key.sign(told)).status_code == 403
    assert inbox.stored() == []


def test_r33_what_the_simulated_canvas_signs_is_taken(inbox: Inbox, web: Web) -> None:
    inbox.empty()
    events = inbox.canvas.live_events
    told = events.make("submission_updated", body={"submission_id": "21070000000000001"})
    assert inbox.post(web, events.sign(told)).status_code == 204
    events.keys.rotate()
    again = events.sign(told)  # by another key, which was shown before
    assert inbox.post(web, again, **{"Content-Type": "application/json"}).status_code == 204
    assert inbox.stored() == [("submission_updated", 1)]
