"""Assignment groups, assignments and their overrides."""

import datetime as dt
from typing import Any

import pytest

from sync.transform.assignments import assignment_group_rows, assignment_rows
from sync.transform.rows import Payload, Row
from tests.unit.transform.payloads import COURSE
from tests.unit.transform.rows import refusal, row_for, rows_for
from tests.unit.transform.work_payloads import assignment, assignment_group, criterion, override


def without(payload: Payload, *names: str) -> Payload:
    return {name: value for name, value in payload.items() if name not in names}


def assignment_row(payload: Payload) -> Row:
    return row_for("assignments", assignment_rows, payload)


def override_row(payload: Payload) -> Row:
    return row_for("assignment_overrides", assignment_rows, assignment(overrides=[payload]))


def test_an_assignment_group_has_typed_columns() -> None:
    row = row_for("assignment_groups", assignment_group_rows, assignment_group())
    assert (row.values["group_weight"], row.values["position"]) == (40.0, 1)
    assert row.values["rules"] == {"drop_lowest": 1, "never_drop": [701]}
    assert row.values["extra"] == {"any_assignment_in_closed_grading_period": False}
    assert row.links == {"course": COURSE}


def test_an_assignment_has_typed_columns() -> None:
    values = assignment_row(assignment()).values
    assert values["due_at"] == dt.datetime(2026, 9, 7, 21, 59, 59, tzinfo=dt.UTC)
    assert values["points_possible"] == 5.0
    assert values["submission_types"] == ["online_text_entry"]
    assert (values["published"], values["allowed_attempts"]) == (True, -1)


def test_an_assignment_links_to_course_group_and_rubric() -> None:
    links = assignment_row(assignment()).links
    assert links == {"course": COURSE, "assignment_group": 711, "rubric": 901}


def test_an_assignment_whose_rubric_was_taken_away_says_so() -> None:
    row = assignment_row(
        without(assignment(), "rubric", "rubric_settings", "use_rubric_for_grading")
    )
    assert row.links["rubric"] is None
    assert (row.values["rubric_settings"], row.values["use_rubric_for_grading"]) == (None, None)


def test_an_assignment_without_the_key_of_its_group_leaves_that_relation_alone() -> None:
    row = assignment_row(without(assignment(), "assignment_group_id"))
    assert "assignment_group" not in row.links


@pytest.mark.parametrize("points", [None, 0, 100, 2.5])
def test_points_may_be_null_or_nothing(points: float | None) -> None:
    values = assignment_row(assignment(points_possible=points)).values
    assert values["points_possible"] == points


@pytest.mark.parametrize("types", [[""], ["not_graded"], ["hologram"], []])
def test_submission_types_nobody_knows_are_kept(types: list[str]) -> None:
    assert assignment_row(assignment(submission_types=types)).values["submission_types"] == types


def test_an_override_belongs_to_the_assignment_it_is_in() -> None:
    row = override_row(override())
    assert (row.key, row.links) == (731, {"assignment": 701, "section": 201, "group": None})
    assert row.values["all_day_date"] == dt.date(2026, 9, 10)
    assert row.values["extra"] == {"context_module_id": None}


@pytest.mark.parametrize("named", [701, "701"])
def test_an_override_that_names_its_assignment_says_nothing_new(named: object) -> None:
    assert "assignment_id" not in override_row(override(assignment_id=named)).values["extra"]


def test_an_override_that_names_another_assignment_keeps_that_readable() -> None:
    assert override_row(override(assignment_id=9)).values["extra"]["assignment_id"] == 9


@pytest.mark.parametrize(
    ("dates", "named"),
    [
        ({}, []),
        ({"due_at": None}, ["due_at"]),
        ({"lock_at": "2026-10-01T00:00:00Z"}, ["lock_at"]),
        ({"lock_at": None, "due_at": "2026-10-01T00:00:00Z"}, ["due_at", "lock_at"]),
    ],
)
def test_an_override_names_the_dates_it_sets_null_ones_too(dates: Payload, named: Any) -> None:
    bare = without(override(), "due_at", "all_day", "all_day_date")
    assert override_row(bare | dates).values["overridden_dates"] == named


def test_a_date_no_longer_overridden_is_cleared() -> None:
    values = override_row(without(override(), "due_at")).values
    assert values["due_at"] is None


def test_overrides_for_students_and_for_groups_are_told_apart() -> None:
    bare = without(override(), "course_section_id")
    students = override_row(bare | {"student_ids": [501, 502]})
    team = override_row(bare | {"group_id": "411"})
    assert (students.values["student_ids"], students.links["section"]) == ([501, 502], None)
    assert (team.links["group"], team.links["section"]) == (411, None)


def test_the_overrides_are_whole_only_when_they_are_listed() -> None:
    wholes = [
        assignment_row(payload).whole
        for payload in (
            assignment(),
            assignment(overrides=[]),
            assignment(overrides=None),
            without(assignment(), "overrides"),
        )
    ]
    assert wholes == [("assignment_overrides",), ("assignment_overrides",), (), ()]


@pytest.mark.parametrize("overrides", [{}, "x", [1], [[]]])
def test_overrides_that_are_no_list_of_objects_refuse_the_record(overrides: object) -> None:
    assert "$.overrides" in refusal(assignment_rows, assignment(overrides=overrides))


def test_criteria_of_a_rubric_nobody_named_stay_readable() -> None:
    payload = without(assignment(), "rubric_settings")
    assert rows_for("rubric_criteria", assignment_rows, payload) == []
    assert assignment_row(payload).values["extra"]["rubric"] == [criterion()]
