"""The fields that differ are named; what is computed when Canvas is read is not looked at."""

import datetime as dt
from typing import Any

import pytest

from sync.verify.fields import differing, unresolved
from sync.verify.kinds import BY_NAME

DUE = "2026-09-20T12:00:00Z"
SENT: dict[str, Any] = {
    "id": 7,
    "assignment_id": 5,
    "user_id": 21,
    "score": 9.5,
    "submitted_at": DUE,
    "late": True,
    "seconds_late": 60,
    "sticker": "apple",
}


def row(**changed: Any) -> dict[str, Any]:
    """A row that stands for `SENT`."""
    at = dt.datetime.fromisoformat(DUE)
    held = {"canvas_id": 7, "user_id": 21, "score": 9.5, "submitted_at": at, "late": False}
    more = {"seconds_late": 0, "attachments": None, "extra": {"sticker": "apple"}}
    relations = {"assignment__canvas_id": 5, "student__canvas_id": 21}
    return held | more | relations | changed


def of(name: str, sent: dict[str, Any], held: dict[str, Any]) -> set[str]:
    return differing(BY_NAME[name], sent, held)


def test_a_row_that_says_the_same_differs_in_nothing() -> None:
    assert of("submissions", SENT, row()) == set()


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"score": None}, {"score"}),
        ({"score": 9.0, "submitted_at": None}, {"score", "submitted_at"}),
        ({"assignment__canvas_id": 6}, {"assignment_id"}),
        ({"student__canvas_id": 22}, {"user_id"}),
        ({"user_id": None}, {"user_id"}),
        ({"extra": {}}, {"sticker"}),
        ({"attachments": [{"id": 1}]}, {"attachments"}),
        ({"late": None, "seconds_late": 9}, set()),
    ],
)
def test_the_keys_that_differ_are_named(changed: dict[str, Any], names: set[str]) -> None:
    assert of("submissions", SENT, row(**changed)) == names


def test_a_key_that_canvas_leaves_out_says_nothing() -> None:
    hidden = {name: value for name, value in SENT.items() if name != "user_id"}
    assert of("submissions", hidden, row(user_id=99, student__canvas_id=99)) == set()


def test_a_parent_that_is_not_there_is_told_apart_from_a_wrong_one() -> None:
    orphan = row(student__canvas_id=None)
    assert of("submissions", SENT, orphan) == set()
    assert list(unresolved(BY_NAME["submissions"], SENT, orphan)) == [("user_id", 21)]
    assert list(unresolved(BY_NAME["submissions"], SENT, row())) == []


def test_absence_is_none_where_canvas_means_it_so() -> None:
    held = {"name": "Lab", "rubric__canvas_id": 3, "rubric_settings": {"id": 3}, "extra": {}}
    more = {"allowed_extensions": None, "use_rubric_for_grading": None}
    relations = {"course__canvas_id": 101, "assignment_group__canvas_id": 1}
    found = of("assignments", {"id": 5, "name": "Lab"}, held | more | relations)
    assert found == {"rubric_id", "rubric_settings"}


def test_a_restricted_course_is_judged_by_what_canvas_shows_of_it() -> None:
    stub = {"id": 101, "access_restricted_by_date": True}
    held = {"access_restricted_by_date": True, "locale": "de", "name": "Biology", "extra": {}}
    assert of("courses", stub, held | {"original_name": "Bio", "term__canvas_id": 1}) == set()
