"""Plain records read column by column make the very rows their transform function makes."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given

from sync.errors import UnreadableRecordError
from sync.transform.decode import decode
from sync.transform.plain import MOST_LAYOUTS, PlainReader, columns_of
from sync.transform.rows import Row
from sync.transform.submissions import PLAIN, submission_rows
from tests.unit.transform.plain_records import SCOPE, new_filler, plain, records, rows_of
from tests.unit.transform.work_payloads import comment


def by_rows(record: bytes) -> list[Row] | None:
    """What its transform function makes of it; None for a record that cannot be read."""
    try:
        return in_order(submission_rows(decode(record), SCOPE))
    except UnreadableRecordError:
        return None


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Sheets keep the order of those rows only that name the same columns."""
    return sorted(rows, key=lambda row: (row.table, str(row.key), repr(row.values)))


def typed(value: Any) -> Any:
    """1, 1.0 and true are equal; these are not."""
    if isinstance(value, dict):
        return {name: typed(part) for name, part in value.items()}
    return (type(value), str(value))


def written(record: Any) -> bytes:
    return json.dumps(record).encode()


@given(records())
@example(written(plain(unheard_of={"late": True})))
@example(written(plain(submitted_at="2026-09-07T22:00:00+02:00")))
@example(written(plain(submission_comments=[comment(), comment(id=772, author=None)])))
def test_what_sheets_take_are_the_rows_the_transform_makes(record: bytes) -> None:
    if b"verifier=" in record:  # such a record is never asked for (see `Mark.signed`)
        return
    taught = new_filler()
    assert rows_of(taught, written(plain(submission_comments=[comment()])))
    rows = by_rows(record)
    for found in filter(None, (rows_of(new_filler(), record), rows_of(taught, record))):
        assert rows == [replace(row, mark=None) for row in in_order(found)]
        for by_row, row in zip(rows, in_order(found), strict=True):
            assert typed(by_row.values) == typed(row.values)
            assert typed(by_row.links) == typed(row.links)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"score": None, "grade": None, "attempt": None},
        {"score": 4},
        {"user_id": None},
        {"unheard_of": "x", "not an identifier": 1, "key0": None},
        {"rubric_assessment": None, "media_comment": None, "attachments": None},
        {"body": "a\tb\\N\n\U0001f600"},
        {"submitted_at": "2026-09-07T20:00:00.123456Z"},
        {"submission_comments": [comment(), comment(id=772, author={}, unheard_of=1)]},
    ],
)
def test_an_ordinary_record_is_read(changes: dict[str, Any]) -> None:
    assert rows_of(new_filler(), written(plain(**changes))) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"submission_comments": None},
        {"submission_comments": [comment(), None]},
        {"submission_comments": [comment(id="7")]},
        {"submission_comments": [comment(author={"avatars": []})]},
        {"submission_comments": [comment(attachments=[{"id": 1}])]},
        {"submission_comments": [comment(created_at="2026-09-07T22:00:00+02:00")]},
        {"rubric_assessment": {}},
        {"attachments": [{"id": 1}]},
        {"media_comment": {"url": "/m?sig=1"}},
        {"attempt": 0},
        {"assignment_id": None},
        {"score": "4.5"},
        {"body": "a\0b"},
        {"unheard_of": []},
        {"submitted_at": "2026-09-07T22:00:00+02:00"},
        {"submitted_at": "2026-09-07T20:00:00"},
        {"grader_id": 2**63},
    ],
)
def test_a_record_that_needs_a_second_look_is_not(changes: dict[str, Any]) -> None:
    assert rows_of(new_filler(), written(plain(**changes))) is None


def test_keys_are_learned_one_set_after_the_other_but_not_without_end() -> None:
    filler = new_filler()
    taken = [
        rows_of(filler, written(plain(**{f"new{number}": number}))) is not None
        for number in range(MOST_LAYOUTS + 2)
    ]
    assert taken == [True] * MOST_LAYOUTS + [False] * 2
    assert rows_of(filler, written(plain(new0=1))) is not None


def test_records_of_one_layout_are_columns_in_their_order() -> None:
    reader = PlainReader(PLAIN)
    found = [reader.read(written(plain(number, score=float(number)))) for number in (3, 1, 2)]
    (layout,) = {one.layout for one in found if one}
    columns = columns_of(layout, [one.values for one in found if one])
    assert list(columns.keys) == [3, 1, 2]
    assert list(columns.values["score"]) == [3.0, 1.0, 2.0]
    assert columns.whole == ("submission_comments", "rubric_assessments")
    assert columns.links["assignment"] == (701, 701, 701)


def test_a_record_without_an_id_is_left_to_the_transform() -> None:
    record = plain()
    del record["id"]
    assert rows_of(new_filler(), written(record)) is None
