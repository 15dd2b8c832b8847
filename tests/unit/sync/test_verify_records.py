"""A listing tells of its own records, of those embedded in them, and of whole families."""

from typing import Any

import pytest

from sync import plan, tables
from sync.verify.kinds import KINDS
from sync.verify.records import Family, Told, told_by
from sync.verify.verifying import LISTINGS


def families(listing: str, payload: dict[str, Any]) -> dict[tuple[str, int], set[Any]]:
    told = told_by(listing, payload)
    return {(one.kind, one.parent): set(one.members) for one in told if isinstance(one, Family)}


def records(listing: str, payload: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    told = told_by(listing, payload)
    return {(one.kind, one.key): one.payload for one in told if isinstance(one, Told)}


def test_every_listing_of_a_sync_and_every_table_is_compared() -> None:
    assert {name for name, _ in LISTINGS} | {"course"} == {source.name for source in plan.PLAN}
    assert {kind.name for kind in KINDS} == {table.name for table in tables.TABLES}
    assert {kind.reported_as for kind in KINDS} == {t.reported_as for t in tables.TABLES}


def test_a_submission_tells_all_its_comments_and_marks() -> None:
    sent = {"id": 7, "submission_comments": [{"id": 1}, {"id": 2}]}
    marks = {"rubric_assessment": {"_8013": {"points": 3.0}}}
    both = {("submission_comments", 7): {("1",), ("2",)}, ("rubric_assessments", 7): {("_8013",)}}
    assert families("submissions", sent | marks) == both
    assert families("submissions", sent)["rubric_assessments", 7] == set()


def test_a_submission_without_the_includes_tells_nothing_of_them() -> None:
    assert families("submissions", {"id": 7}) == {}


def test_an_assignment_tells_its_overrides_and_its_rubric() -> None:
    sent = {
        "id": 5,
        "overrides": [{"id": 1, "due_at": None}],
        "rubric_settings": {"id": 3, "hide_points": True, "title": "Lab"},
        "rubric": [{"id": "blank", "ratings": [{"id": "blank"}]}],
    }
    assert families("assignments", sent) == {
        ("assignment_overrides", 5): {("1",)},
        ("rubric_criteria", 3): {("blank",)},
        ("rubric_ratings", 3): {("blank", "blank")},
    }
    told = records("assignments", sent)
    assert told["rubrics", 3] == {"id": 3, "title": "Lab"}
    assert told["assignments", 5]["rubric_id"] == 3


@pytest.mark.parametrize(
    ("listing", "sent", "kind", "more"),
    [
        ("course", {"id": 1, "name": "Mine", "original_name": "Bio"}, "courses", {"name": "Bio"}),
        ("submissions", {"id": 1, "attempt": 0}, "submissions", {"attempt": None}),
        ("new_quizzes", {"id": "1"}, "new_quizzes", {"assignment_id": "1"}),
        (
            "enrollments",
            {"id": 1, "grades": {"final_score": 2.0}},
            "enrollments",
            {"final_score": 2.0},
        ),
    ],
)
def test_what_the_mirror_calls_otherwise_is_called_so(
    listing: str, sent: dict[str, Any], kind: str, more: dict[str, Any]
) -> None:
    assert records(listing, sent)[kind, 1].items() >= more.items()
