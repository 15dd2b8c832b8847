"""Numbers, times and ids: what becomes of the odd ones, the same in every table."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.transform.courses import section_rows
from sync.transform.groups import group_rows
from sync.transform.submissions import submission_rows
from tests.unit.transform.payloads import group, section
from tests.unit.transform.rows import refusal, row_for
from tests.unit.transform.work_payloads import submission

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))


def section_values(**changes: Any) -> dict[str, Any]:
    return row_for("sections", section_rows, section(**changes)).values


@given(moment=st.datetimes(timezones=ZONES).filter(lambda m: 1 < m.year < 9999))
def test_a_time_with_an_offset_is_the_same_moment_in_utc(moment: dt.datetime) -> None:
    stored = section_values(start_at=moment.isoformat())["start_at"]
    assert stored == moment
    assert stored.utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize(
    "text", ["2026-09-07T23:59:59", "2026-09-07", "", "yesterday", "2026-13-01T00:00:00Z"]
)
def test_a_time_without_a_zone_or_without_sense_is_refused(text: str) -> None:
    assert "$.start_at" in refusal(section_rows, section(start_at=text))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_that_leaves_the_calendar_in_utc_is_refused(text: str) -> None:
    assert "calendar" in refusal(section_rows, section(start_at=text))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, "9223372036854775808", 10**30])
def test_a_number_beyond_64_bits_is_refused(number: object) -> None:
    assert "$.id" in refusal(section_rows, section(id=number))
    assert "$.total_students" in refusal(section_rows, section(total_students=number))


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 115370000000000073])
def test_a_number_of_64_bits_is_kept_exactly(number: int) -> None:
    assert section_values(total_students=number)["total_students"] == number


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "1e999"])
def test_a_text_that_would_be_no_finite_number_is_refused(text: str) -> None:
    assert "$.score" in refusal(submission_rows, submission(score=text))
    given = {"_8013": {"points": text}}
    assert "$.points" in refusal(submission_rows, submission(rubric_assessment=given))


def test_string_ids_make_the_same_rows_as_numbers() -> None:
    numbers = group(id=411, course_id=101, group_category_id=401)
    texts = group(id="411", course_id="101", group_category_id="401")
    assert row_for("groups", group_rows, texts) == row_for("groups", group_rows, numbers)


def test_string_ids_of_a_submission_make_the_same_row_as_numbers() -> None:
    texts = submission(id="751", assignment_id="701", user_id="501", grader_id="601")
    row = row_for("submissions", submission_rows, texts)
    assert row == row_for("submissions", submission_rows, submission())


def test_an_id_that_is_no_number_is_refused() -> None:
    assert "$.id" in refusal(section_rows, section(id="SIS-1"))


def test_null_and_zero_stay_apart() -> None:
    scored = [
        row_for("submissions", submission_rows, submission(score=score)).values["score"]
        for score in (None, 0, 0.0, -1.5)
    ]
    assert scored == [None, 0.0, 0.0, -1.5]
