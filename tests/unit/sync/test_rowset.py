"""A set of keys behaves as Python's own, and survives being stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.rowset import RowSet

KEYS = st.integers(min_value=0, max_value=2**40) | st.integers(min_value=0, max_value=70_000)


@given(st.lists(KEYS), st.lists(KEYS))
def test_it_holds_what_a_set_would_hold(added: list[int], discarded: list[int]) -> None:
    rows = RowSet(added)
    for key in discarded:
        rows.discard(key)
    expected = set(added) - set(discarded)
    assert (list(rows), len(rows)) == (sorted(expected), len(expected))
    assert all((key in rows) == (key in expected) for key in added + discarded)


@given(st.sets(KEYS), st.integers(min_value=0, max_value=2**40), st.integers(0, 70_000))
def test_keys_without_a_gap_are_added_as_others_are(
    before: set[int], first: int, count: int
) -> None:
    rows = RowSet(before)
    rows.update(dict.fromkeys(range(first, first + count)))
    expected = before | set(range(first, first + count))
    assert (list(rows), len(rows)) == (sorted(expected), len(expected))


def test_keys_that_come_twice_hide_no_gap() -> None:
    rows = RowSet([1, 1, 3])
    assert list(rows) == [1, 3]


@given(st.lists(KEYS))
def test_it_comes_back_from_its_bytes(keys: list[int]) -> None:
    again = RowSet.load(RowSet(keys).dump())
    assert (again, len(again)) == (RowSet(keys), len(set(keys)))


def test_adding_says_whether_the_key_is_new() -> None:
    rows = RowSet()
    assert [rows.add(5), rows.add(5), rows.add(2**40)] == [True, False, True]


def test_half_a_million_dense_keys_take_little_room() -> None:
    assert len(RowSet(range(500_000)).dump()) < 70_000


def test_it_cannot_be_a_key() -> None:
    with pytest.raises(TypeError, match="cannot be a key"):
        hash(RowSet())


def test_stretches_are_the_longest_runs_in_order_but_for_some_keys_at_their_ends() -> None:
    rows = RowSet([*range(5, 1000), *range(2000, 70_000), *range(80_000, 80_130)])
    assert rows.stretches(16) == [(8, 999), (2000, 69_999), (80_000, 80_127)]
    assert rows.stretches(1) == [(2000, 69_999)]
    assert RowSet(range(0, 9000, 2)).stretches(16) == []


@given(st.sets(st.integers(min_value=0, max_value=3000)))
def test_every_key_of_a_stretch_is_there(missing: set[int]) -> None:
    rows = RowSet(set(range(200, 2900)) - missing)
    for first, last in rows.stretches(4):
        assert all(key in rows for key in range(first, last + 1))
