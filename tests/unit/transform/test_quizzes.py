"""Classic quizzes and New Quizzes."""

import pytest

from sync.transform.quizzes import classic_quiz_rows, new_quiz_rows
from tests.unit.transform.payloads import COURSE, new_quiz, quiz
from tests.unit.transform.rows import refusal, row_for


def test_a_classic_quiz_has_typed_columns_and_its_assignment() -> None:
    row = row_for("quizzes", classic_quiz_rows, quiz())
    assert (row.key, row.values["engine"]) == (801, "classic")
    assert (row.values["time_limit"], row.values["points_possible"]) == (30, 5.0)
    assert row.values["question_types"] == ["multiple_choice_question"]
    assert row.links == {"course": COURSE, "assignment": 701, "assignment_group": 711}


def test_a_practice_quiz_has_no_assignment() -> None:
    practice = quiz(quiz_type="practice_quiz", assignment_id=None)
    assert row_for("quizzes", classic_quiz_rows, practice).links["assignment"] is None


def test_a_new_quiz_has_the_number_of_its_assignment_sent_as_text() -> None:
    row = row_for("new_quizzes", new_quiz_rows, new_quiz())
    assert (row.key, row.values["engine"]) == (702, "new")
    assert row.links == {"course": COURSE, "assignment": 702, "assignment_group": 711}


def test_a_new_quiz_with_an_id_that_is_no_number_is_refused() -> None:
    assert "$.id" in refusal(new_quiz_rows, new_quiz(id="quiz-702"))


def test_a_quiz_without_the_key_of_its_group_leaves_that_relation_alone() -> None:
    nameless = {name: value for name, value in quiz().items() if name != "assignment_group_id"}
    assert "assignment_group" not in row_for("quizzes", classic_quiz_rows, nameless).links


@pytest.mark.parametrize("points", [None, 0, 12.5])
def test_points_may_be_null_or_nothing(points: float | None) -> None:
    values = row_for("quizzes", classic_quiz_rows, quiz(points_possible=points)).values
    assert values["points_possible"] == points
