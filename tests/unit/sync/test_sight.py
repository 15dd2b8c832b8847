"""What was seen survives being stored, with the batch under way and without touching the census."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas.models.upsert import Fate
from sync.census import Census
from sync.rowset import RowSet
from sync.sight import encode_sight, recall_sight

KEYS = st.lists(st.integers(min_value=0, max_value=70_000))


def test_what_was_seen_before_and_now_comes_back() -> None:
    census, again = Census(), Census()
    census.of("sections").add({1: Fate.CREATED})
    rows = encode_sight(
        census, ["sections"], seen={"sections": [2]}, missing={"sections": [3]}, dropped=["x"]
    )
    assert list(census.of("sections").seen) == [1]
    assert recall_sight(again, rows) == {"x"}
    assert list(again.of("sections").seen) == [1, 2]
    assert list(again.of("sections").missing) == [3]


def test_what_several_sources_saw_is_put_together() -> None:
    again = Census()
    for pk in (1, 2):
        rows = encode_sight(Census(), ["users"], seen={"users": [pk]}, missing={}, dropped=[])
        recall_sight(again, rows)
    assert list(again.of("users").seen) == [1, 2]


def test_bytes_of_something_else_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        recall_sight(Census(), b"something else")


@given(KEYS, KEYS)
def test_merged_rows_are_those_of_both(some: list[int], others: list[int]) -> None:
    rows = RowSet(some)
    rows.merge(RowSet(others))
    expected = sorted({*some, *others})
    assert (list(rows), len(rows)) == (expected, len(expected))
