"""The policy table, against every recorded reply and against what nobody ever recorded."""

import pytest

from canvas.client import Reply, Verdict, verdict
from canvas.client.failures import failure
from canvas.client.policy import TABLE
from tests.unit.client.canned import JSON
from tests.unit.client.replies import RECORDED

KNOWN = {status for row in TABLE for status in row.statuses}


@pytest.mark.parametrize("case", RECORDED)
def test_a_recorded_reply_gets_its_verdict(case: str) -> None:
    reply, expected = RECORDED[case]
    assert verdict(reply) is expected


def test_every_row_of_the_table_has_a_recorded_reply() -> None:
    first_rows = [
        next((row for row in TABLE if reply.status in row.statuses and row.when(reply)), None)
        for reply, _ in RECORDED.values()
    ]
    assert [row for row in TABLE if row not in first_rows] == []


def test_a_status_nobody_recorded_stops() -> None:
    unknown = set(range(100, 600)) - KNOWN
    found = {verdict(Reply(status=status, content_type=JSON)) for status in unknown}
    assert found == {Verdict.STOP}


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/octet-stream"])
def test_a_good_status_with_a_strange_type_stops(content_type: str) -> None:
    assert verdict(Reply(status=200, content_type=content_type)) is Verdict.STOP


@pytest.mark.parametrize(
    "body", [b"", b"[", b"[1]", b'"text"', b"\xff", b"{" * 4096, b'{"a":' + b"[" * 4000]
)
def test_a_body_that_is_no_object_does_not_break_the_table(body: bytes) -> None:
    assert verdict(Reply(status=404, content_type=JSON, body_start=body)) is Verdict.GONE


def test_an_unknown_answer_is_shown_by_status_type_and_request() -> None:
    headers = {"x-request-context-id": "0d5f4b3e-93a5-5b0e-9f6c-1f2f7c1d2a3b"}
    reply = Reply(status=418, content_type="text/x-anna; a=b", body_start=b"Anna")
    shown = str(failure(Verdict.STOP, reply=reply, headers=headers))
    assert "HTTP 418 with text/x-anna, request 0d5f4b3e-" in shown
    assert "Anna" not in shown


@pytest.mark.parametrize("content_type", ["", "Anna Schmidt", "text/" + "x" * 99])
def test_what_is_no_content_type_is_not_repeated(content_type: str) -> None:
    reply = Reply(status=418, content_type=content_type)
    shown = str(failure(Verdict.STOP, reply=reply, headers={"x-request-context-id": "Anna"}))
    assert "HTTP 418 with no known content type" in shown
    assert "Anna" not in shown
