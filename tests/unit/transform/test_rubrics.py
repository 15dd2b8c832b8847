"""Rubrics from the course's list and from assignments, with text ids that repeat."""

import pytest

from sync.transform.assignments import assignment_rows
from sync.transform.rubrics import listed_rubric_rows
from tests.unit.transform.payloads import COURSE
from tests.unit.transform.rows import refusal, row_for, rows_for, rows_of
from tests.unit.transform.work_payloads import assignment, criterion, rating, rubric


def test_a_listed_rubric_has_typed_columns_and_its_course() -> None:
    row = row_for("rubrics", listed_rubric_rows, rubric())
    assert (row.values["points_possible"], row.values["read_only"]) == (5.0, True)
    assert row.values["free_form_criterion_comments"] is None
    assert row.values["extra"] == {"rating_order": "descending"}
    assert row.links == {"course": COURSE}


def test_a_rubric_of_an_account_is_linked_to_no_course() -> None:
    row = row_for("rubrics", listed_rubric_rows, rubric(context_type="Account", context_id=3))
    assert row.links == {}
    assert row.values["context_id"] == 3


def test_criteria_have_typed_columns_their_rubric_and_their_place() -> None:
    row = row_for("rubric_criteria", listed_rubric_rows, rubric())
    assert (row.key, row.links) == ("_8013", {"rubric": 901})
    assert (row.values["points"], row.values["position"]) == (5.0, 0)
    assert row.values["mastery_points"] == 3.0


def test_ratings_that_repeat_between_criteria_are_told_apart_by_rubric_and_criterion() -> None:
    data = [criterion("blank"), criterion("blank_2")]
    rows = rows_for("rubric_ratings", listed_rubric_rows, rubric(data=data))
    assert [(row.links["criterion"], row.key) for row in rows] == [
        ((901, "blank"), "blank"),
        ((901, "blank"), "blank_2"),
        ((901, "blank_2"), "blank"),
        ((901, "blank_2"), "blank_2"),
    ]


def test_criteria_and_ratings_keep_the_order_of_canvas() -> None:
    data = [criterion("z"), criterion("a", ratings=[rating("y"), rating("b"), rating("x")])]
    rows = rows_of(listed_rubric_rows, rubric(data=data))
    places = {row.key: row.values["position"] for row in rows if row.table != "rubrics"}
    assert (places["z"], places["a"]) == (0, 1)
    assert (places["y"], places["b"], places["x"]) == (0, 1, 2)


def test_a_rating_keeps_what_has_no_column() -> None:
    [first, _] = rows_for("rubric_ratings", listed_rubric_rows, rubric())
    assert (first.values["points"], first.values["extra"]) == (5.0, {"sort_hint": 1})


def test_a_rating_may_name_its_criterion_but_no_other() -> None:
    right = rubric(data=[criterion(ratings=[rating(criterion_id="_8013")])])
    wrong = rubric(data=[criterion(ratings=[rating(criterion_id="_9")])])
    assert len(rows_for("rubric_ratings", listed_rubric_rows, right)) == 1
    assert "another criterion" in refusal(listed_rubric_rows, wrong)


def test_a_list_in_the_other_style_calls_the_criteria_criteria() -> None:
    other = {k: v for k, v in rubric().items() if k != "data"} | {"criteria": [criterion()]}
    rows = rows_of(listed_rubric_rows, other)
    assert rows == rows_of(listed_rubric_rows, rubric())


def test_an_attached_rubric_knows_less_and_takes_its_course_only_when_new() -> None:
    row = row_for("rubrics", assignment_rows, assignment())
    assert row.values == {
        "title": "Lab report",
        "points_possible": 5.0,
        "extra": {},
    }
    assert row.first_values == {"hide_points": False}
    assert (row.links, row.first_links) == ({}, {"course": COURSE})


def test_an_attached_rubric_has_the_same_criteria_as_the_listed_one() -> None:
    tables = ("rubric_criteria", "rubric_ratings")
    attached = [rows_for(table, assignment_rows, assignment()) for table in tables]
    assert attached == [rows_for(table, listed_rubric_rows, rubric()) for table in tables]


def test_a_rubric_comes_before_its_criteria_ratings_and_assignment() -> None:
    tables = [row.table for row in rows_of(assignment_rows, assignment())]
    assert tables == [
        "rubrics",
        "rubric_criteria",
        "rubric_ratings",
        "rubric_ratings",
        "assignments",
        "assignment_overrides",
    ]


@pytest.mark.parametrize(("data", "whole"), [([], ("rubric_criteria",)), (None, ())])
def test_the_criteria_are_whole_only_when_they_are_listed(
    data: list[object] | None, whole: tuple[str, ...]
) -> None:
    assert row_for("rubrics", listed_rubric_rows, rubric(data=data)).whole == whole
    attached = row_for("rubrics", assignment_rows, assignment(rubric=data))
    assert attached.whole == whole


@pytest.mark.parametrize(("ratings", "whole"), [([], ("rubric_ratings",)), (None, ())])
def test_the_ratings_are_whole_only_when_they_are_listed(
    ratings: list[object] | None, whole: tuple[str, ...]
) -> None:
    data = [criterion(ratings=ratings)]
    assert row_for("rubric_criteria", listed_rubric_rows, rubric(data=data)).whole == whole
