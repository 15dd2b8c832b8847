"""Enrollments with the people in them."""

import datetime as dt

from sync.transform.people import enrollment_rows
from sync.transform.rows import Payload
from tests.unit.transform.payloads import ADA, COURSE, enrollment, user
from tests.unit.transform.rows import refusal, row_for, rows_for, rows_of


def without(payload: Payload, *names: str) -> Payload:
    return {name: value for name, value in payload.items() if name not in names}


def test_the_person_comes_before_the_enrollment_that_links_to_them() -> None:
    rows = rows_of(enrollment_rows, enrollment())
    assert [(row.table, row.key) for row in rows] == [("users", ADA), ("enrollments", 301)]
    assert rows[1].links == {"course": COURSE, "student": ADA, "section": 201}


def test_a_person_has_typed_columns() -> None:
    values = row_for("users", enrollment_rows, enrollment()).values
    assert values["sortable_name"] == "Lovelace, Ada"
    assert values["created_at"] == dt.datetime(2025, 8, 18, 7, 30, tzinfo=dt.UTC)
    assert values["extra"] == {"integration_id": None}


def test_an_enrollment_has_typed_columns() -> None:
    values = row_for("enrollments", enrollment_rows, enrollment()).values
    assert (values["type"], values["enrollment_state"]) == ("StudentEnrollment", "active")
    assert (values["user_id"], values["course_section_id"]) == (ADA, 201)
    assert values["last_activity_at"] is None
    assert "end_at" not in values


def test_the_marks_stand_in_columns_and_whole_in_grades() -> None:
    values = row_for("enrollments", enrollment_rows, enrollment()).values
    assert (values["current_score"], values["current_grade"]) == (87.5, "B+")
    assert values["final_score"] is None
    assert values["grades"] == enrollment()["grades"]


def test_marks_that_are_withheld_keep_what_is_stored() -> None:
    withheld = enrollment(grades={"html_url": "x", "current_score": 1})
    values = row_for("enrollments", enrollment_rows, withheld).values
    assert values["current_score"] == 1.0
    assert values.keys().isdisjoint({"final_score", "current_grade", "final_grade"})


def test_an_enrollment_without_grades_names_no_mark() -> None:
    values = row_for("enrollments", enrollment_rows, without(enrollment(), "grades")).values
    assert values.keys().isdisjoint({"grades", "current_score", "final_score"})


def test_who_has_two_sections_has_two_enrollments_and_one_key() -> None:
    both = [enrollment(), enrollment(id=302, course_section_id=202)]
    rows = [row for payload in both for row in rows_of(enrollment_rows, payload)]
    assert [row.key for row in rows if row.table == "enrollments"] == [301, 302]
    assert {row.key for row in rows if row.table == "users"} == {ADA}


def test_a_person_of_another_shard_keeps_their_long_id() -> None:
    foreign = 115370000000000073
    payload = enrollment(user_id=foreign, user=user(id=foreign))
    assert row_for("users", enrollment_rows, payload).key == foreign


def test_an_enrollment_without_the_person_names_only_their_id() -> None:
    payload = without(enrollment(), "user")
    assert rows_for("users", enrollment_rows, payload) == []
    assert row_for("enrollments", enrollment_rows, payload).links["student"] == ADA


def test_relations_whose_key_is_absent_are_left_alone() -> None:
    payload = without(enrollment(), "user_id", "course_section_id")
    assert row_for("enrollments", enrollment_rows, payload).links == {"course": COURSE}


def test_a_gated_field_that_vanished_is_no_column() -> None:
    gated = enrollment(user=without(user(), "email", "sis_user_id", "login_id"))
    values = row_for("users", enrollment_rows, gated).values
    assert values.keys().isdisjoint({"email", "sis_user_id", "login_id"})


def test_a_person_that_cannot_be_read_refuses_the_record_as_a_whole() -> None:
    assert "`id`" in refusal(enrollment_rows, enrollment(user={"name": "Ada"}))
