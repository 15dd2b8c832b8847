"""Secrets in payloads: their keys stay visible, a mark stands where the value was."""

import pytest

from sync.transform.assignments import assignment_rows
from sync.transform.courses import course_rows
from sync.transform.quizzes import classic_quiz_rows, new_quiz_rows
from sync.transform.rows import Payload, Transform
from sync.transform.shape import NOT_STORED, without_secrets
from tests.unit.transform.payloads import course, new_quiz, quiz
from tests.unit.transform.rows import row_for, rows_of
from tests.unit.transform.work_payloads import assignment


@pytest.mark.parametrize(
    ("transform", "payload"),
    [
        (course_rows, course()),
        (classic_quiz_rows, quiz()),
        (new_quiz_rows, new_quiz()),
        (assignment_rows, assignment()),
    ],
)
def test_no_secret_is_in_any_row(transform: Transform, payload: Payload) -> None:
    assert "SECRET" in repr(payload)
    rows = repr(rows_of(transform, payload))
    assert "SECRET" not in rows
    assert "10.9.8" not in rows


def test_the_address_of_the_calendar_is_marked() -> None:
    extra = row_for("courses", course_rows, course()).values["extra"]
    assert extra["calendar"] == {"ics": NOT_STORED}


def test_access_code_and_address_filter_are_marked() -> None:
    extra = row_for("quizzes", classic_quiz_rows, quiz()).values["extra"]
    assert (extra["access_code"], extra["ip_filter"]) == (NOT_STORED, NOT_STORED)


def test_a_quiz_without_an_access_code_is_told_from_one_with() -> None:
    extra = row_for("quizzes", classic_quiz_rows, quiz(access_code=None, ip_filter="")).values[
        "extra"
    ]
    assert (extra["access_code"], extra["ip_filter"]) == (None, "")


def test_the_settings_of_a_new_quiz_are_kept_but_for_the_secrets() -> None:
    settings = row_for("new_quizzes", new_quiz_rows, new_quiz()).values["quiz_settings"]
    assert (settings["shuffle_answers"], settings["filter_ip_address"]) == (True, True)
    assert (settings["filters"], settings["student_access_code"]) == (NOT_STORED, NOT_STORED)


def test_signed_parameters_are_marked_at_any_depth() -> None:
    extra = row_for("assignments", assignment_rows, assignment()).values["extra"]
    assert extra["secure_params"] == NOT_STORED
    assert extra["external_tool_tag_attributes"] == {"new_tab": False, "secure_params": NOT_STORED}


def test_a_secret_inside_a_list_is_marked_too() -> None:
    assert without_secrets([{"ics": "x"}, ["y"]]) == [{"ics": NOT_STORED}, ["y"]]
