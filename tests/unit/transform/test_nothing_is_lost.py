"""Whatever key Canvas sends, and whatever stands under it: kept somewhere, or refused unquoted."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.errors import UnreadableRecordError
from sync.transform.rows import Payload
from tests.unit.transform.cases import CASES, Case
from tests.unit.transform.rows import rows_of

CANARY = "canary-7731"
WRONG: tuple[Any, ...] = (CANARY, {"inner": CANARY}, [CANARY], [{"id": CANARY}], [[CANARY]])
SECRETS = ("ics", "access_code", "ip_filter", "secure_params", "filters", "student_access_code")
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
UNKNOWN = st.dictionaries(st.text(max_size=8).map("new_".__add__), JSON, max_size=4)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@every_case
@settings(max_examples=10)
@given(unknown=UNKNOWN, chosen=st.data())
def test_every_key_of_a_payload_is_kept(
    case: Case, unknown: Payload, chosen: st.DataObject
) -> None:
    required = {"id", "assignment_id"}
    optional = sorted(set(case.payload) - required)
    absent = chosen.draw(st.sets(st.sampled_from(optional)))
    payload = {k: v for k, v in case.payload.items() if k not in absent} | unknown
    if "rubric_settings" not in payload:
        payload.pop("rubric", None)
    rows = rows_of(case.transform, payload)
    assert [key for key in payload if not case.keeps(key, payload, rows)] == []


@every_case
def test_an_unknown_key_keeps_its_value(case: Case) -> None:
    rows = rows_of(case.transform, case.payload | {"brand_new": {"deep": [1, None]}})
    own = [row for row in rows if str(row.key) == str(case.payload["id"])]
    assert [row.values["extra"]["brand_new"] for row in own] == [{"deep": [1, None]}]


@every_case
@settings(max_examples=20)
@given(chosen=st.data())
def test_a_value_of_any_type_is_kept_or_refused_unquoted(case: Case, chosen: st.DataObject) -> None:
    open_paths = [path for path in _paths(case.payload) if not set(path) & set(SECRETS)]
    path = chosen.draw(st.sampled_from(open_paths))
    payload = _replaced(case.payload, path, chosen.draw(st.sampled_from(WRONG)))
    assert kept_or_refused_unquoted(case, payload)


@every_case
def test_a_record_without_an_id_is_refused(case: Case) -> None:
    payload = {name: value for name, value in case.payload.items() if name != "id"}
    with pytest.raises(UnreadableRecordError, match="missing required field `id`"):
        rows_of(case.transform, payload)


@every_case
def test_a_payload_is_not_changed_by_reading_it(case: Case) -> None:
    before = copy.deepcopy(case.payload)
    rows_of(case.transform, case.payload)
    assert case.payload == before


def kept_or_refused_unquoted(case: Case, payload: Payload) -> bool:
    try:
        rows = rows_of(case.transform, payload)
    except UnreadableRecordError as refused:
        return CANARY not in f"{refused!r} {refused.__cause__!r}"
    return CANARY in repr(rows)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for name, part in parts:
        yield (*path, name)
        yield from _paths(part, (*path, name))


def _replaced(payload: Payload, path: tuple[Any, ...], value: Any) -> Payload:
    changed = copy.deepcopy(payload)
    place: Any = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return changed
