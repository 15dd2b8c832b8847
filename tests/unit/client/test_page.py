"""Splitting a body into records without decoding them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canvas.client import split
from canvas.errors import CanvasDownError, ContractError

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)
JSON_VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
ODD = {
    "NaN": b'{"id":2,"score":NaN}',
    "a lone surrogate": b'{"id":2,"name":"\\ud800"}',
    "a raw NUL": b'{"id":2,"name":"\x00"}',
    "broken UTF-8": b'{"id":2,"name":"\xff"}',
    "a huge integer": b'{"id":' + b"9" * 6000 + b',"score":NaN}',
    "a number": b"2",
    "null": b"null",
}


@settings(max_examples=50)
@given(st.lists(JSON_VALUES, max_size=5))
def test_the_records_are_the_elements_of_the_list(values: list[object]) -> None:
    found = split(json.dumps(values, indent=1).encode(), listing=True)
    assert [json.loads(bytes(raw)) for raw in found] == values


@settings(max_examples=50)
@given(st.lists(JSON_VALUES, min_size=1, max_size=5), st.data())
def test_half_a_list_is_never_taken_for_a_whole_one(
    values: list[object], data: st.DataObject
) -> None:
    body = json.dumps(values).encode()
    cut = data.draw(st.integers(min_value=0, max_value=len(body) - 1))
    with pytest.raises(CanvasDownError):
        split(body[:cut], listing=True)


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_record_does_not_spoil_its_siblings(odd: str) -> None:
    body = b'[ {"id":1} , ' + ODD[odd] + b' ,\n{"id":3}]'
    assert [bytes(raw) for raw in split(body, listing=True)] == [
        b'{"id":1}',
        ODD[odd],
        b'{"id":3}',
    ]


@pytest.mark.parametrize("odd", ODD)
def test_half_a_list_with_an_odd_record_is_half_a_list(odd: str) -> None:
    with pytest.raises(CanvasDownError):
        split(b"[" + ODD[odd] + b',{"id":3}', listing=True)


def test_a_session_prefix_is_taken_off() -> None:
    assert split(b'while(1);[{"id":1}]', listing=True) == split(b'[{"id":1}]', listing=True)


@pytest.mark.parametrize("body", [b'{"errors":[]}', b"null", b'"text"', b"1"])
def test_a_listing_that_is_no_list_is_not_an_empty_one(body: bytes) -> None:
    with pytest.raises(ContractError):
        split(body, listing=True)


def test_an_object_is_one_record() -> None:
    assert [bytes(raw) for raw in split(b' {"id":1}\n', listing=False)] == [b'{"id":1}']


@pytest.mark.parametrize("body", [b"[]", b"null"])
def test_what_should_be_an_object_and_is_not_is_an_error(body: bytes) -> None:
    with pytest.raises(ContractError):
        split(body, listing=False)


@pytest.mark.parametrize("body", [b"", b"{", b'{"id":1', b'{"id":1}}', b"while(1);"])
def test_half_an_object_may_be_asked_for_again(body: bytes) -> None:
    with pytest.raises(CanvasDownError):
        split(body, listing=False)


@pytest.mark.parametrize("listing", [True, False])
def test_endless_nesting_ends_in_an_error_of_ours(listing: bool) -> None:
    opening = b"[" if listing else b'{"a":'
    with pytest.raises((ContractError, CanvasDownError)):
        split(opening + b"[" * 200_000 + b"]" * 200_000, listing=listing)
