"""What is in a body, and what makes two events one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from canvas.events import UnreadableEventError, is_signed, read_unsigned
from tests.events import ROOT_UUID, event


def plain(document: object) -> bytes:
    return json.dumps(document).encode()


def digest(document: object) -> str:
    return read_unsigned(plain(document)).digest


@pytest.mark.parametrize("body", [b'{"metadata": {}}', b"\n {}"])
def test_what_starts_with_a_brace_is_plain_json(body: bytes) -> None:
    assert not is_signed(body)


@pytest.mark.parametrize("body", [b"ab-_.cd.ef", b" ab.cd.ef\n"])
def test_three_parts_are_a_jwt_whatever_the_content_type_says(body: bytes) -> None:
    assert is_signed(body)


@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b"a.b", b"a.b.c.d", b"a..c", b"a b.c.d"])
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableEventError):
        is_signed(body)


def test_an_event_says_what_happened_where_and_when() -> None:
    read = read_unsigned(plain(event("submission_updated")))
    assert read.name == "submission_updated"
    assert read.at == datetime(2026, 3, 1, 10, 11, 12, 345000, tzinfo=UTC)
    assert (read.root_account_uuid, read.root_account_id) == (ROOT_UUID, "21070000000000001")


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-03-01T12:11:12+02:00", datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC)),
        ("2026-03-01T10:11:12", datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (None, None),
        (17, None),
    ],
)
def test_an_instant_is_utc_or_not_known(told: object, at: datetime | None) -> None:
    assert read_unsigned(plain(event(event_time=told))).at == at


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"metadata": {}},
        {"metadata": [], "body": {}},
        {"metadata": {"event_name": ""}, "body": {}},
        {"metadata": {"event_name": 7}, "body": {}},
        {"metadata": {"event_name": "a b"}, "body": {}},
        {"metadata": {"event_name": "x" * 101}, "body": {}},
        {"metadata": {"event_name": "x"}, "body": []},
        {"sensor": "http://canvas", "data": [{"type": "Event"}]},  # Caliper
    ],
)
def test_what_is_no_event_of_canvas_is_refused(document: object) -> None:
    with pytest.raises(UnreadableEventError):
        read_unsigned(plain(document))


@pytest.mark.parametrize(
    "body",
    [
        b'{"metadata": {"event_name": "x"}, "body": {"a": NaN}}',
        b'{"metadata": {"event_name": "x"}, "body": {"a": "\\ud800"}}',
        b'{"metadata": {"event_name": "x"}, "body": {"a": "\xff"}}',
        b'{"metadata": {"event_name": "x"}, "body": {"a": ' + b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"metadata": {"event_name": "x"}, "body": {"a": 1' + b"0" * 50_000 + b"}}",
        b'{"metadata": {"event_name": "x"}} trailing',
    ],
)
def test_what_is_no_json_is_refused_quietly(body: bytes) -> None:
    with pytest.raises(UnreadableEventError):
        read_unsigned(body)


def nested(levels: int) -> Any:
    return {"a": nested(levels - 1)} if levels else {}


def test_nesting_is_bounded() -> None:
    assert read_unsigned(plain(event(body=nested(20)))).name == "grade_change"
    for deep in (nested(40), {"a": [[[]]] * 3, "b": nested(40)}):
        with pytest.raises(UnreadableEventError, match="levels deep"):
            read_unsigned(plain(event(body=deep)))


def test_the_order_of_keys_and_what_stands_beside_an_event_make_no_other_event() -> None:
    first = event(body={"a": 1, "b": {"c": 2.5, "d": None}})
    again = {"iat": 17, "jti": "x", "body": {"b": {"d": None, "c": 2.50}, "a": 1}}
    again["metadata"] = dict(reversed(first["metadata"].items()))
    assert digest(first) == digest(again)


def test_any_difference_in_the_event_makes_another_one() -> None:
    told = [
        event(),
        event("submission_updated"),
        event(event_time="2026-03-01T10:11:12.346Z"),
        event(request_id="other"),
        event(body={"submission_id": "1", "grade": "A"}),
        event(body={"submission_id": "1", "grade": "B"}),
        event(body={"submission_id": 1, "grade": "B"}),
    ]
    assert len({digest(one) for one in told}) == len(told)
