"""Asking for less."""

import httpx
import pytest

from canvas.client.lighter import Load, counts_pages, is_too_heavy
from canvas.errors import (
    AnswerTimeoutError,
    CanvasDownError,
    ConnectionLostError,
    ThrottledError,
)

URL = httpx.URL(
    "https://c.edu/api/v1/x?include[]=a&include%5B%5D=b&per_page=100&page=bookmark:Wz%2BEx&z=1"
)


def steps(load: Load) -> list[Load]:
    found = []
    while (lighter := load.lighter()) is not None:
        found.append(lighter)
        load = lighter
    return found


def test_pages_are_halved_down_to_ten() -> None:
    assert [load.page_size for load in steps(Load(page_size=100))] == [50, 25, 12, 10]


def test_a_small_page_is_not_made_larger() -> None:
    assert steps(Load(page_size=5)) == []


def test_includes_go_last_and_one_by_one() -> None:
    found = steps(Load(page_size=20, optional=("a", "b")))
    assert [load.page_size for load in found] == [10, 10, 10]
    assert [load.dropped for load in found] == [(), ("a",), ("a", "b")]


def test_nothing_but_size_and_include_changes_in_an_address() -> None:
    lighter = Load(page_size=10, dropped=("b",)).applied_to(URL)
    assert lighter.query == b"include[]=a&per_page=10&page=bookmark:Wz%2BEx&z=1"


def test_an_address_that_already_asks_for_little_stays_as_it_is() -> None:
    assert Load(page_size=100).applied_to(URL) is URL
    clamped = httpx.URL("https://c.edu/x?per_page=50&page=2")
    assert Load(page_size=100).applied_to(clamped) is clamped


@pytest.mark.parametrize(
    ("query", "counted"),
    [
        ("page=3&per_page=100", True),
        ("page=bookmark:WzEy", False),
        ("page=first", False),
        ("per_page=100", False),
        ("homepage=3", False),
    ],
)
def test_a_count_of_pages_is_told_from_a_bookmark(query: str, counted: bool) -> None:
    assert counts_pages(httpx.URL(f"https://c.edu/x?{query}")) is counted


@pytest.mark.parametrize(
    ("error", "heavy"),
    [
        (AnswerTimeoutError(), True),
        (CanvasDownError(status=502), True),
        (CanvasDownError(status=504), True),
        (CanvasDownError(status=500), False),
        (CanvasDownError(status=503), False),
        (CanvasDownError(), False),
        (ConnectionLostError(), False),
        (ThrottledError(status=429), False),
    ],
)
def test_which_troubles_are_of_weight(error: Exception, heavy: bool) -> None:
    assert is_too_heavy(error) is heavy
