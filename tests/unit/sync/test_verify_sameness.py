"""Two spellings of one value are the same, and nothing else is."""

import datetime as dt
from typing import Any

import pytest

from sync.verify.sameness import NOT_STORED, same

NOON = dt.datetime(2026, 9, 15, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        ("2026-09-15T12:00:00Z", NOON),
        ("2026-09-15T14:00:00+02:00", NOON),
        ("2026-09-15", dt.date(2026, 9, 15)),
        ("115370000000000073", 115370000000000073),
        (7, 7.0),
        ("7.5", 7.5),
        (7, "7"),
        (None, None),
        ({"a": [1, {"b": None}]}, {"a": [1.0, {"b": None}]}),
        ("/files/1?verifier=abc&x=1", "/files/1?verifier=&x=1"),
        ({"url": "https://a.edu/1?signed=x"}, {"url": "https://a.edu/1"}),
    ],
)
def test_what_means_the_same_is_the_same(sent: Any, held: Any) -> None:
    assert same(sent, held)


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        ("2026-09-15T12:00:01Z", NOON),
        ("2026-09-15T12:00:00", NOON),
        ("soon", NOON),
        ("2026-09-16", dt.date(2026, 9, 15)),
        (115370000000000073, 115370000000000072),
        (None, 0),
        (0, None),
        (None, ""),
        (True, 1),
        (0, False),
        ({"a": 1}, {"a": 1, "b": None}),
        ({"a": 1}, [1]),
        ([1, 2], [2, 1]),
        ("https://a.edu/1?page=2", "https://a.edu/1"),
        ("ten", 10.0),
    ],
)
def test_what_only_looks_the_same_is_not(sent: Any, held: Any) -> None:
    assert not same(sent, held)


def test_a_secret_is_not_stored_and_its_mark_stands_for_any() -> None:
    assert same({"access_code": "sesame"}, {"access_code": NOT_STORED})
    assert same({"filters": {"ip": "10.0.0.1"}}, {"filters": NOT_STORED})
    assert not same("sesame", NOT_STORED, name="title")
    assert not same("", NOT_STORED, name="access_code")
