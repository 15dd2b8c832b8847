"""Which requests read the rows that changed: the fewest, whichever way the changes lie."""

import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.changed_rows import WALKS, ChangedRow, changed_row, groups_of, walks_worth

SINCE = dt.datetime(2026, 9, 15, 8, tzinfo=dt.UTC)


def node(**changes: Any) -> bytes:
    told = {
        "id": "U3VibWlzc2lvbi03",
        "_id": "7",
        "assignmentId": "41",
        "submittedAt": None,
        "gradedAt": None,
        "user": {"_id": "21"},
    }
    return json.dumps(told | changes).encode()


def row(number: int, *, assignment: int, user: int | None, graded: bool = False) -> ChangedRow:
    walks = frozenset({"graded_since"} if graded else ())
    return ChangedRow(id=number, assignment=assignment, user=user, walks=walks)


def scattered(count: int, *, graded: bool) -> list[ChangedRow]:
    """Each of another student, over fifty assignments."""
    return [row(n, assignment=n % 50, user=n, graded=graded) for n in range(count)]


ROWS = st.lists(
    st.builds(
        ChangedRow,
        id=st.integers(1, 10**6),
        assignment=st.integers(1, 60),
        user=st.integers(1, 90),
        walks=st.frozensets(st.sampled_from(WALKS)),
    ),
    max_size=120,
)


def test_a_node_is_read_with_its_ids_as_texts() -> None:
    assert changed_row(node(), since=SINCE) == row(7, assignment=41, user=21)


def test_a_row_of_an_anonymous_assignment_has_no_user() -> None:
    assert changed_row(node(user=None), since=SINCE).user is None


@pytest.mark.parametrize(
    ("moments", "walks"),
    [
        ({"submittedAt": "2026-09-15T08:00:01Z"}, {"submitted_since"}),
        ({"gradedAt": "2026-09-15T08:00:01Z"}, {"graded_since"}),
        ({"submittedAt": "2026-09-16T00:00:00Z", "gradedAt": "2026-09-17T00:00:00Z"}, set(WALKS)),
        ({"submittedAt": "2026-09-15T08:00:00Z", "gradedAt": "2026-09-01T00:00:00Z"}, set()),
    ],
)
def test_a_row_knows_which_filters_show_it(moments: dict[str, str], walks: set[str]) -> None:
    assert changed_row(node(**moments), since=SINCE).walks == walks


def test_a_node_of_another_shape_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        changed_row(node(assignmentId=None), since=SINCE)


def test_many_grades_of_one_assignment_are_asked_for_by_it() -> None:
    groups = groups_of(row(n, assignment=41, user=n) for n in range(60))
    assert [(group.name, group.value, group.by) for group in groups] == [
        ("assignment_ids[]", 41, "student_ids[]")
    ]
    assert groups[0].requests == 2


def test_many_grades_of_one_student_are_asked_for_by_them() -> None:
    [group] = groups_of(row(n, assignment=n, user=21) for n in range(9))
    assert (group.name, group.value, group.ids) == ("student_ids[]", 21, tuple(range(9)))


def test_a_few_rows_are_not_worth_a_walk() -> None:
    assert walks_worth([row(1, assignment=41, user=21, graded=True)]) == ()


def test_grades_all_over_the_course_are_walked() -> None:
    assert walks_worth(scattered(500, graded=True)) == ("graded_since",)


def test_changes_that_no_filter_shows_are_never_walked_for() -> None:
    assert walks_worth(scattered(500, graded=False)) == ()


@given(rows=ROWS)
def test_every_row_is_in_exactly_one_group(rows: list[ChangedRow]) -> None:
    asked = [
        (group.value, one) if group.name == "assignment_ids[]" else (one, group.value)
        for group in groups_of(rows)
        for one in group.ids
    ]
    assert sorted(asked) == sorted({(r.assignment, r.user) for r in rows})


@given(rows=ROWS)
def test_walks_never_make_it_dearer(rows: list[ChangedRow]) -> None:
    walks = walks_worth(rows)
    rest = [row for row in rows if not row.walks.intersection(walks)]
    dear = sum(group.requests for group in groups_of(rows))
    assert len(walks) + sum(group.requests for group in groups_of(rest)) <= dear
