"""An excerpt says what a record was like and nothing about a person."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from sync.excerpt import excerpt

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=30,
)


def test_ids_are_shown_and_other_values_are_only_named_by_kind() -> None:
    record = {"id": 7, "user_id": 1001, "score": 4.5, "points": 3, "grade": "B+", "late": True}
    assert json.loads(excerpt(record)) == {
        "id": 7,
        "user_id": 1001,
        "score": "<float>",
        "points": "<int>",
        "grade": "<text of 2>",
        "late": True,
    }


def test_an_id_that_is_no_number_is_not_shown() -> None:
    assert json.loads(excerpt({"id": "Grace Hopper"})) == {"id": "<text of 12>"}


def test_of_a_list_one_element_stands_for_all() -> None:
    record = {"submission_comments": [{"id": 1, "comment": "well done"}, {"id": 2}]}
    (shown,) = json.loads(excerpt(record)).values()
    assert shown == [{"id": 1, "comment": "<text of 9>"}, "2 in all"]


@given(JSON)
def test_any_record_has_a_short_excerpt(record: object) -> None:
    assert 0 < len(excerpt({"record": record})) <= 2000


@given(st.text(alphabet="xyz", min_size=8, max_size=40))
def test_no_text_of_a_record_is_in_it(secret: str) -> None:
    record = {"name": secret, "user": {"name": secret}, "comments": [secret, {"text": secret}]}
    assert secret not in excerpt(record)
