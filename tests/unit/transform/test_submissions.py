"""Submissions with their comments and rubric assessments."""

import datetime as dt
from typing import Any

import pytest

from sync.transform.rows import Payload, Row
from sync.transform.submissions import submission_rows
from tests.unit.transform.payloads import ADA, CLEO
from tests.unit.transform.rows import refusal, row_for, rows_for, rows_of
from tests.unit.transform.work_payloads import comment, submission


def without(payload: Payload, *names: str) -> Payload:
    return {name: value for name, value in payload.items() if name not in names}


def submission_row(payload: Payload) -> Row:
    return row_for("submissions", submission_rows, payload)


def assessment_rows(assessment: Any) -> list[Row]:
    payload = submission(rubric_assessment=assessment)
    return rows_for("rubric_assessments", submission_rows, payload)


def test_a_submission_has_typed_columns() -> None:
    values = submission_row(submission()).values
    assert (values["score"], values["grade"], values["attempt"]) == (4.5, "4.5", 1)
    assert values["submitted_at"] == dt.datetime(2026, 9, 7, 20, tzinfo=dt.UTC)
    assert (values["user_id"], values["grader_id"]) == (ADA, CLEO)
    assert values["extra"].keys() == {"sticker"}
    assert values["attachments"] == submission()["attachments"]


def test_a_submission_links_to_its_assignment_and_its_student() -> None:
    assert submission_row(submission()).links == {"assignment": 701, "student": ADA}


def test_an_anonymous_submission_names_nobody() -> None:
    anonymous = without(submission(), "user_id") | {"anonymous_id": "aB3x9"}
    row = submission_row(anonymous)
    assert row.values["anonymous_id"] == "aB3x9"
    assert "user_id" not in row.values
    assert "student" not in row.links


def test_a_null_student_is_told_from_an_absent_one() -> None:
    row = submission_row(submission(user_id=None))
    assert (row.values["user_id"], row.links["student"]) == (None, None)


def test_a_negative_grader_is_kept() -> None:
    assert submission_row(submission(grader_id=-801)).values["grader_id"] == -801


@pytest.mark.parametrize(("sent", "stored"), [(0, None), (None, None), (1, 1), (17, 17)])
def test_attempt_nought_and_null_both_mean_never_handed_in(
    sent: int | None, stored: int | None
) -> None:
    assert submission_row(submission(attempt=sent)).values["attempt"] == stored


def test_an_absent_attempt_is_no_column() -> None:
    assert "attempt" not in submission_row(without(submission(), "attempt")).values


@pytest.mark.parametrize("score", [-3.0, 0, 140.5, None])
def test_scores_have_no_range(score: float | None) -> None:
    assert submission_row(submission(score=score)).values["score"] == score


@pytest.mark.parametrize("missing", [{}, {"assignment_id": None}])
def test_a_submission_for_no_assignment_is_refused(missing: Payload) -> None:
    payload = without(submission(), "assignment_id") | missing
    assert "`assignment_id`" in refusal(submission_rows, payload)


def test_a_comment_has_typed_columns_and_its_submission() -> None:
    row = row_for("submission_comments", submission_rows, submission())
    assert (row.key, row.links) == (771, {"submission": 751})
    assert (row.values["comment"], row.values["author_id"]) == ("Well done", CLEO)
    assert row.values["edited_at"] is None
    assert row.values["extra"] == {"author": {"id": CLEO, "display_name": "Cleo"}}


def test_a_comment_of_somebody_anonymous_has_no_author() -> None:
    hidden = comment(author_id=None, author_name="Anonymous User", author={})
    payload = submission(submission_comments=[hidden])
    row = row_for("submission_comments", submission_rows, payload)
    assert (row.values["author_id"], row.values["extra"]) == (None, {"author": {}})


def test_an_assessment_is_one_row_a_criterion_found_through_the_assignment() -> None:
    row = row_for("rubric_assessments", submission_rows, submission())
    assert (row.key, row.links) == ("_8013", {"submission": 751, "criterion": (701, "_8013")})
    assert row.values == {"rating_id": "blank", "comments": "Good", "points": 4.5, "extra": {}}


@pytest.mark.parametrize(
    "given",
    [{}, {"points": None}, {"rating_id": None, "comments": None}, {"rating_id": None}],
)
def test_what_was_not_scored_or_not_chosen_is_null(given: Payload) -> None:
    [row] = assessment_rows({"_8013": given})
    assert row.values == {"rating_id": None, "comments": None, "points": None, "extra": {}}


def test_a_criterion_the_rubric_no_longer_has_is_still_a_row() -> None:
    rows = assessment_rows({"_gone": {"points": 1.0}, "blank": {"points": 2}})
    assert {row.key: row.values["points"] for row in rows} == {"_gone": 1.0, "blank": 2.0}


def test_what_else_was_given_for_a_criterion_is_kept() -> None:
    [row] = assessment_rows({"_8013": {"id": "x9", "learning_outcome_id": 5}})
    assert row.values["extra"] == {"id": "x9", "learning_outcome_id": 5}


@pytest.mark.parametrize("assessment", [[], "x", {"_8013": None}, {"_8013": 5}])
def test_an_assessment_of_another_shape_refuses_the_record(assessment: object) -> None:
    payload = submission(rubric_assessment=assessment)
    assert "$.rubric_assessment" in refusal(submission_rows, payload)


def test_an_assessment_that_does_not_come_with_the_comments_is_gone() -> None:
    bare = without(submission(), "rubric_assessment")
    both = ("submission_comments", "rubric_assessments")
    assert submission_row(bare).whole == both
    assert submission_row(bare | {"rubric_assessment": None}).whole == both


def test_comments_and_assessment_are_whole_only_when_they_are_sent() -> None:
    bare = without(submission(), "submission_comments", "rubric_assessment")
    assert submission_row(bare).whole == ()
    assert submission_row(bare | {"submission_comments": None}).whole == ()
    assert submission_row(bare | {"rubric_assessment": {}}).whole == ("rubric_assessments",)


def test_the_submission_comes_before_its_parts() -> None:
    tables = [row.table for row in rows_of(submission_rows, submission())]
    assert tables == ["submissions", "submission_comments", "rubric_assessments"]
