"""The one event of each request."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from canvas.errors import CanvasError
from tests.unit.client.canned import (
    HTML,
    TOKEN,
    Script,
    Step,
    breaks,
    client_of,
    page,
    says,
    throttled,
)

PATH = "/api/v1/users/565"
QUOTA = {"x-rate-limit-remaining": "598.5", "x-request-cost": "1.5"}


async def events_of(*steps: Step, attempts: int = 3) -> list[dict[str, Any]]:
    with capture_logs() as events:
        async with client_of(Script(*steps), max_attempts=attempts) as client:
            with suppress(CanvasError):
                await client.fetch(PATH, params=[("user_ids[]", "565")], source="users")
    return [dict(event) for event in events if event["event"].startswith("request.")]


async def test_a_good_answer_is_one_quiet_event_with_what_it_cost() -> None:
    [event] = await events_of(says("[]", headers=QUOTA))
    assert event["event"] == "request.done"
    assert event["log_level"] == "debug"
    told = {"method", "path", "status", "cost", "remaining", "waited_s", "body_bytes", "attempt"}
    assert told <= set(event)
    assert (event["path"], event["cost"]) == ("/api/v1/users/:id", 1.5)
    assert (event["remaining"], event["attempt"], event["verdict"]) == (598.5, 1, "ok")


@pytest.mark.parametrize("step", [throttled(), says(b"{}", status=500), says(b"{}", status=404)])
async def test_any_other_answer_is_seen_at_info(step: Step) -> None:
    [first, *_] = await events_of(step, page())
    assert (first["event"], first["log_level"]) == ("request.done", "info")


async def test_each_attempt_is_an_event_of_its_own() -> None:
    events = await events_of(says(b"{}", status=500), breaks(httpx.ReadError("x")), page())
    names = [event["event"] for event in events]
    assert names.count("request.done") == 2
    assert names.count("request.failed") == 1
    attempts = [e["attempt"] for e in events if e["event"] in ("request.done", "request.failed")]
    assert attempts == [1, 2, 3]


async def test_no_event_holds_a_query_or_an_id_of_a_person() -> None:
    shown = repr(
        await events_of(throttled(), says(b"{}", status=500), breaks(httpx.ReadError("x")))
    )
    assert "565" not in shown
    assert "user_ids" not in shown


async def test_an_answer_nobody_knows_is_shown_by_what_names_no_person() -> None:
    strange = says('{"teapot":"Anna Schmidt","x":1}', status=418)
    [event] = await events_of(strange)
    assert (event["log_level"], event["keys"]) == ("warning", ["teapot", "x"])
    assert "Schmidt" not in repr(event)


async def test_a_page_of_something_else_is_known_by_its_title() -> None:
    login = says("<html><TITLE>\n Log in </TITLE><p>Anna Schmidt", content_type=HTML)
    event, *_ = await events_of(login, page())
    assert event["title"] == "Log in"
    assert "Schmidt" not in repr(event)


async def test_the_figures_add_up() -> None:
    script = Script(throttled(), says(b"{}", status=500), says("[]", headers=QUOTA))
    async with client_of(script) as client:
        await client.fetch(PATH, source="users")
    assert client.stats.requests == 3
    assert client.stats.cost == 1.5
    assert client.stats.verdicts == {"throttle": 1, "retry": 1, "ok": 1}
    assert client.stats.queued_s >= client.stats.throttle_wait_s >= 5


async def test_what_a_server_writes_in_place_of_its_request_id_is_not_logged() -> None:
    echo = {"x-request-context-id": f"Bearer {TOKEN}"}
    events = await events_of(says("[]", headers=echo), says(b"{}", status=418, headers=echo))
    assert TOKEN not in repr(events)
    assert events[0]["request_context_id"] is None


async def test_figures_that_are_no_numbers_count_nothing() -> None:
    odd = {"x-rate-limit-remaining": "inf", "x-request-cost": "nan"}
    async with client_of(Script(says("[]", headers=odd))) as client:
        await client.fetch(PATH, source="users")
    assert client.stats.as_counts()["verdicts"] == {"ok": 1}
    assert "cost" not in client.stats.as_counts()


async def test_a_request_that_nobody_waits_for_any_more_is_an_event_too() -> None:
    def cancelled(_: httpx.Request) -> httpx.Response:
        raise asyncio.CancelledError

    with capture_logs() as events, pytest.raises(asyncio.CancelledError):
        async with client_of(Script(cancelled)) as client:
            await client.fetch(PATH, source="users")
    assert [(e["event"], e["error"]) for e in events] == [("request.failed", "CancelledError")]
