"""Rows compared without a database: hashes that stay, and what counts as a change."""

import datetime as dt
from typing import Any

import pytest

from canvas.models import CanvasSubmission, CanvasTerm, MirroredRow
from canvas.models.upsert import Row, content_hash
from canvas.models.upsert.comparing import is_older, merge

AT = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
ROW: Row = {
    "integration_id": 1,
    "canvas_id": 751,
    "score": 4.5,
    "late": True,
    "seconds_late": 9,
    "submitted_at": AT,
    "extra": {"b": [1, None], "a": {"z": 1, "y": "é"}, "seconds_late": 7},
}


def test_the_hash_is_the_one_stored_mirrors_hold() -> None:
    """Another one would make every row of every mirror be read in full, on every sync."""
    assert content_hash(CanvasSubmission, ROW) == "b89fe4e27cbb13155fc97ef001a845d1"


@pytest.mark.parametrize(
    "other",
    [
        dict(reversed(ROW.items())),
        ROW | {"late": False, "seconds_late": 0, "missing": True},
        ROW | {"extra": {"a": {"y": "é", "z": 1}, "b": [1, None]}},
        ROW | {"read_at": AT},
    ],
)
def test_what_is_no_change_has_the_same_hash(other: Row) -> None:
    assert content_hash(CanvasSubmission, other) == content_hash(CanvasSubmission, ROW)


@pytest.mark.parametrize(
    "change",
    [{"score": 5.0}, {"score": None}, {"grade": None}, {"extra": {"b": [1, None]}}, {"score": "5"}],
)
def test_any_other_value_changes_the_hash(change: Row) -> None:
    assert content_hash(CanvasSubmission, ROW | change) != content_hash(CanvasSubmission, ROW)


def test_hashing_leaves_the_row_as_it_was() -> None:
    before = repr(ROW)
    content_hash(CanvasSubmission, ROW)
    assert repr(ROW) == before


@pytest.mark.parametrize(
    ("stored", "sent", "differs"),
    [
        (1, True, True),
        (True, True, False),
        (None, False, True),
        (1, 1.0, False),
        ([1, {"a": 0}], [1, {"a": False}], True),
        ([1, {"a": 0}], [1, {"a": 0}], False),
        ([1], [1, 2], True),
        ({"a": 1}, {"a": 1, "b": None}, True),
        (AT, AT.astimezone(dt.timezone(dt.timedelta(hours=2))), False),
    ],
)
def test_values_are_compared_as_canvas_means_them(stored: Any, sent: Any, differs: bool) -> None:
    _, changed = merge({"value": stored}, {"value": sent}, ignored=())
    assert changed == (("value",) if differs else ())


def test_a_merge_keeps_what_the_row_does_not_say() -> None:
    before = {"name": "a", "sis_term_id": "S", "extra": {"x": 1, "y": 2}}
    after, changed = merge(before, {"name": "b", "extra": {"y": 3}}, ignored=())
    assert after == {"name": "b", "sis_term_id": "S", "extra": {"x": 1, "y": 3}}
    assert changed == ("extra", "name")
    assert before["extra"] == {"x": 1, "y": 2}


@pytest.mark.parametrize(
    ("row", "than", "older"),
    [
        ({"read_at": AT}, {"read_at": AT + dt.timedelta(seconds=1, microseconds=1)}, True),
        ({"read_at": AT}, {"read_at": AT + dt.timedelta(seconds=1)}, False),
        ({"read_at": AT}, {"read_at": AT}, False),
        ({"read_at": AT}, {"read_at": None}, False),
        ({}, {"read_at": AT}, False),
        ({"read_at": None}, {"read_at": AT}, False),
    ],
)
def test_only_who_says_when_can_be_older(row: Row, than: Row, older: bool) -> None:
    assert is_older(row, than) is older


@pytest.mark.parametrize("model", [CanvasSubmission, CanvasTerm])
def test_what_is_ignored_is_a_column_or_a_key_of_extra(model: type[MirroredRow]) -> None:
    row = {"integration_id": 1, "canvas_id": 1, "extra": {}}
    assert content_hash(model, row | {"read_at": AT}) == content_hash(model, row)
