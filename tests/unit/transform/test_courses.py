"""Courses with their term, and sections."""

import datetime as dt

import pytest

from sync.transform.courses import course_rows, section_rows
from tests.unit.transform.payloads import COURSE, course, section, term
from tests.unit.transform.rows import refusal, row_for, rows_of


def test_a_course_has_typed_columns() -> None:
    values = row_for("courses", course_rows, course()).values
    assert values["name"] == "Biology 101"
    assert values["account_id"] == 3
    assert values["created_at"] == dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
    assert values["apply_assignment_group_weights"] is True
    assert values["storage_quota_mb"] == 500.0
    assert values["start_at"] is None


def test_what_has_no_column_is_in_extra() -> None:
    extra = row_for("courses", course_rows, course()).values["extra"]
    assert extra.keys() == {"integration_id", "enrollments", "calendar"}


def test_the_term_comes_before_the_course_that_links_to_it() -> None:
    rows = rows_of(course_rows, course())
    assert [(row.table, row.key) for row in rows] == [("terms", 11), ("courses", COURSE)]
    assert rows[1].links == {"term": 11}


def test_a_term_has_typed_columns() -> None:
    values = row_for("terms", course_rows, course()).values
    assert values["name"] == "Autumn 2026"
    assert values["end_at"] is None
    assert values["overrides"] == term()["overrides"]


@pytest.mark.parametrize("found", [None, "Autumn 2026"])
def test_a_course_without_a_term_object_makes_no_term(found: str | None) -> None:
    assert [row.table for row in rows_of(course_rows, course(term=found))] == ["courses"]


def test_a_course_outside_any_term_says_so() -> None:
    assert row_for("courses", course_rows, course(enrollment_term_id=None)).links == {"term": None}


def test_a_restricted_course_names_no_column_but_the_flag() -> None:
    stub = {"id": COURSE, "access_restricted_by_date": True}
    row = row_for("courses", course_rows, stub)
    assert row.values == {"access_restricted_by_date": True, "extra": {}}
    assert row.links == {}


def test_a_course_that_is_open_again_takes_the_flag_back() -> None:
    assert row_for("courses", course_rows, course()).values["access_restricted_by_date"] is False


def test_a_nickname_gives_way_to_the_real_name_and_is_kept() -> None:
    nicknamed = course(name="My bio class", original_name="Biology 101")
    values = row_for("courses", course_rows, nicknamed).values
    assert (values["name"], values["original_name"]) == ("Biology 101", "Biology 101")
    assert values["extra"]["nickname"] == "My bio class"


def test_a_name_of_300_characters_is_kept_whole() -> None:
    assert row_for("courses", course_rows, course(name="é" * 300)).values["name"] == "é" * 300


def test_an_absent_key_is_no_column_and_a_null_is_one() -> None:
    values = row_for("courses", course_rows, course(start_at=None)).values
    assert values["start_at"] is None
    assert "end_at" not in values


def test_an_unknown_state_is_a_value_like_any_other() -> None:
    values = row_for("courses", course_rows, course(workflow_state="hibernating")).values
    assert values["workflow_state"] == "hibernating"


def test_a_section_belongs_to_the_course_it_names() -> None:
    assert row_for("sections", section_rows, section(course_id=102)).links == {"course": 102}


def test_a_section_that_names_no_course_belongs_to_the_one_it_was_listed_for() -> None:
    nameless = {name: value for name, value in section().items() if name != "course_id"}
    assert row_for("sections", section_rows, nameless).links == {"course": COURSE}


@pytest.mark.parametrize("reference", ["x", 2**63, 1.5, True, [COURSE]])
def test_a_course_id_that_is_none_is_refused_by_name(reference: object) -> None:
    assert "$.course_id" in refusal(section_rows, section(course_id=reference))
