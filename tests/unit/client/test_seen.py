"""Ids of records, and which of them were there before."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas.client.seen import SeenIds, key_of

KEYS = st.lists(st.integers(min_value=-(2**70), max_value=2**70) | st.text(max_size=3))


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (b'{"id":12,"name":"x"}', 12),
        (b' { "id" : 12 }', 12),
        (b'{"id":"12"}', 12),
        (b'{"id":"_8013","x":1}', "_8013"),
        (b'{"name":"{\\"id\\":5}","id":7}', 7),
        (b'{"id":115370000000000073}', 115370000000000073),
        (b'{"id":null}', None),
        (b'{"a":1,"id":"' + b"9" * 5000 + b'"}', "9" * 5000),
        (b'{"id":1.5}', None),
        (b'{"id":[1]}', None),
        (b'{"name":"x"}', None),
        (b"null", None),
        (b"[1]", None),
        (b'{"name":NaN}', None),
        (b'{"name":"\xff"}', None),
    ],
)
def test_the_id_of_a_record(record: bytes, key: int | str | None) -> None:
    assert key_of(record) == key


@given(KEYS)
def test_each_key_is_new_exactly_once(keys: list[int | str]) -> None:
    seen, known = SeenIds(), set()
    for key in keys:
        assert seen.add(key) is (key not in known)
        known.add(key)
    assert all(key in seen for key in keys)


@given(KEYS, KEYS)
def test_a_union_holds_both(some: list[int | str], others: list[int | str]) -> None:
    left, right = SeenIds(), SeenIds()
    for key in some:
        left.add(key)
    for key in others:
        right.add(key)
    assert all(key in (left | right) for key in some + others)
    assert "never there" not in (left | right)


def test_ids_that_ascend_cost_little() -> None:
    seen = SeenIds()
    for key in range(10**12, 10**12 + 100_000):
        assert seen.add(key)
    assert sys.getsizeof(seen._ascending) < 1_000_000
