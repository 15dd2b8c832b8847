"""Addresses that are signed anew at every reading, and people's own words that look like them."""

from sync.transform.assignments import assignment_rows
from sync.transform.decode import decode
from sync.transform.rubrics import listed_rubric_rows
from sync.transform.submissions import submission_rows
from tests.unit.transform.rows import row_for, rows_for
from tests.unit.transform.work_payloads import assignment, criterion, rating, rubric, submission


def test_a_verifier_goes_from_an_address_and_stays_in_a_sentence() -> None:
    record = rb'{"a": "/f?verifier=x1", "b": "/f?w=1\u0026verifier=y2", "c": "my verifier=z3"}'
    assert decode(record) == {
        "a": "/f?verifier=",
        "b": "/f?w=1&verifier=",
        "c": "my verifier=z3",
    }


def test_signed_previews_of_files_lose_their_signature() -> None:
    file = {
        "id": 1,
        "thumbnail_url": "https://s.example/t?X-Amz-Signature=1",
        "preview_url": "/p?h=2",
    }
    row = row_for("submissions", submission_rows, submission(attachments=[file]))
    assert row.values["attachments"] == [
        {"id": 1, "thumbnail_url": "https://s.example/t", "preview_url": "/p"}
    ]


def test_the_secret_of_a_launch_address_is_not_stored() -> None:
    tool = {"url": "https://tool.example/launch?secret=S3CR3T", "new_tab": True}
    row = row_for("assignments", assignment_rows, assignment(external_tool_tag_attributes=tool))
    assert "S3CR3T" not in repr(row.values)
    assert row.values["extra"]["external_tool_tag_attributes"]["new_tab"] is True


def test_ids_of_criteria_and_ratings_may_come_as_numbers() -> None:
    data = [criterion(7, ratings=[rating(8)])]
    rows = [
        row_for(table, listed_rubric_rows, rubric(data=data)).key
        for table in ("rubric_criteria", "rubric_ratings")
    ]
    assert rows == ["7", "8"]
    assert len(rows_for("rubric_ratings", listed_rubric_rows, rubric(data=data))) == 1
