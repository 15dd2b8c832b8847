"""The submissions that changed, read as one listing, over a Canvas of canned answers."""

import datetime as dt
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from canvas.client import Page
from canvas.errors import (
    AccessRevokedError,
    AnswerTimeoutError,
    CanvasDownError,
    CanvasError,
    ContractError,
    ForbiddenError,
    GoneError,
    ThrottledError,
)
from sync.changed_work import ChangedWork
from sync.plan import BY_NAME
from sync.proof import Mode
from sync.reach import Reach
from tests.unit.sync.fakes import CannedReader, Listing
from tests.unit.sync.site import PATHS
from tests.unit.transform.work_payloads import submission

SINCE = dt.datetime(2026, 9, 15, 8, tzinfo=dt.UTC)
SUBMISSIONS, GRAPHQL = PATHS["submissions"], "/api/graphql"
SOURCE = BY_NAME["submissions"]
Asked = set[tuple[str, str]]


def node(number: int, **changes: Any) -> dict[str, Any]:
    told = {"_id": str(number), "assignmentId": "501", "user": {"_id": "301"}}
    return {"id": f"r{number}", "submittedAt": None, "gradedAt": None} | told | changes


class Canvas(CannedReader):
    """Refuses the ids in `unknown`; answers everything else with one submission."""

    def __init__(self, told: Listing | CanvasError, *, unknown: Iterable[int] = ()) -> None:
        graphql = {} if isinstance(told, CanvasError) else {GRAPHQL: told}
        super().__init__(graphql | {SUBMISSIONS: [[submission()]]})
        self.refusal = told if isinstance(told, CanvasError) else None
        self.unknown = {str(one) for one in unknown}

    async def walk(self, path: str, **options: Any) -> AsyncIterator[Page]:
        if path == GRAPHQL and self.refusal:
            raise self.refusal
        if self.unknown & {value for _, value in options.get("params", ())}:
            raise ForbiddenError(status=403)
        async for page in super().walk(path, **options):
            yield page

    @property
    def asked_for(self) -> list[Asked]:
        """What each REST request named beside what the plan names."""
        rest = [set(params) for path, params in self.asked if path == SUBMISSIONS]
        return [params - set(SOURCE.params) for params in rest]


async def read(canvas: Canvas, **reach: Any) -> tuple[ChangedWork, list[Page]]:
    mode = reach.pop("mode", Mode.UPDATED_SINCE)
    work = ChangedWork(canvas, Reach(mode=mode, since=SINCE, **reach), course=101)
    walk = work.walk(SUBMISSIONS, params=SOURCE.params, source="submissions")
    return work, [page async for page in walk]


async def test_nothing_changed_costs_one_question_and_gives_no_record() -> None:
    canvas = Canvas([[]])
    work, pages = await read(canvas)
    assert [len(page.records) for page in pages] == [0]
    assert (work.mode, canvas.asked_for) == (Mode.UPDATED_SINCE, [])


async def test_rows_that_changed_are_asked_for_by_their_ids() -> None:
    canvas = Canvas([[node(1), node(2, user={"_id": "302"})]])
    _, pages = await read(canvas)
    students: Asked = {("student_ids[]", "301"), ("student_ids[]", "302")}
    assert canvas.asked_for == [{("assignment_ids[]", "501")} | students]
    assert ("student_ids[]", "all") not in canvas.asked[-1][1]
    assert sum(len(page.records) for page in pages) == 1


@pytest.mark.parametrize(
    "error",
    [ForbiddenError(), GoneError(), ContractError(), AnswerTimeoutError(), CanvasDownError()],
    ids=lambda error: error.code,
)
async def test_without_graphql_two_walks_are_made_one_for_each_filter(error: CanvasError) -> None:
    canvas = Canvas(error)
    work, _ = await read(canvas)
    moment = "2026-09-15T08:00:00Z"
    assert canvas.asked_for == [{("submitted_since", moment)}, {("graded_since", moment)}]
    assert work.mode is Mode.SUBMITTED_SINCE


@pytest.mark.parametrize("error", [AccessRevokedError(), ThrottledError()])
async def test_what_would_fail_by_rest_too_is_not_tried(error: CanvasError) -> None:
    with pytest.raises(type(error)):
        await read(Canvas(error))


async def test_an_answer_that_cannot_be_read_is_as_good_as_none() -> None:
    work, _ = await read(Canvas([[node(1, assignmentId=None)]]))
    assert work.mode is Mode.SUBMITTED_SINCE


async def test_somebody_who_just_left_is_left_to_a_full_reading() -> None:
    canvas = Canvas([[node(1), node(2, user={"_id": "302"})]], unknown=[302])
    work, pages = await read(canvas)
    assert work.full_because == "changed rows were refused"
    assert sum(len(page.records) for page in pages) == 1


async def test_assignments_that_changed_are_read_whole_and_their_rows_not_again() -> None:
    canvas = Canvas([[node(1)]])
    work, _ = await read(canvas, mode=Mode.CHANGED_PARENTS, parents=frozenset({501}))
    assert canvas.asked_for == [{("assignment_ids[]", "501")}]
    assert ("student_ids[]", "all") in canvas.asked[-1][1]
    assert (work.mode, work.parents) == (Mode.CHANGED_PARENTS, {501})


async def test_an_assignment_hidden_meanwhile_proves_nothing() -> None:
    canvas = Canvas([[]], unknown=[502])
    work, _ = await read(canvas, mode=Mode.CHANGED_PARENTS, parents=frozenset({501, 502}))
    assert work.parents == {501}


async def test_while_names_are_hidden_the_assignment_is_read_whole() -> None:
    canvas = Canvas([[node(1, user=None)]])
    work, _ = await read(canvas)
    assert canvas.asked_for == [{("assignment_ids[]", "501")}]
    assert (work.mode, work.parents) == (Mode.CHANGED_PARENTS, {501})


async def test_rows_a_filtered_walk_had_are_not_asked_for_again() -> None:
    graded = [node(n, gradedAt="2026-09-16T00:00:00Z", assignmentId=str(n)) for n in range(2, 9)]
    graded = [one | {"user": {"_id": str(n)}} for n, one in enumerate(graded)]
    mine = node(submission()["id"], gradedAt="2026-09-16T00:00:00Z", user={"_id": "77"})
    canvas = Canvas([[*graded, mine]])
    await read(canvas)
    asked = canvas.asked_for
    assert asked[0] == {("graded_since", "2026-09-15T08:00:00Z")}
    assert len(asked) == 1 + len(graded)


async def test_rows_that_move_while_they_are_listed_are_listed_once_more() -> None:
    canvas = Canvas([[node(1)]])
    canvas.ends_proven = False
    await read(canvas)
    assert [path for path, _ in canvas.asked].count(GRAPHQL) == 2


async def test_when_nearly_everything_changed_everything_is_read() -> None:
    pages = [[node(100 * page + n) for n in range(100)] for page in range(60)]
    canvas = Canvas(pages)
    work, _ = await read(canvas, mode=Mode.CHANGED_PARENTS, parents=frozenset({501}))
    assert canvas.asked_for == [set()]
    assert canvas.asked[-1][1] == SOURCE.params
    assert (work.mode, work.parents, canvas.handed_out) == (Mode.FULL, set(), 52)


async def test_only_the_last_page_has_none_after_it() -> None:
    _, pages = await read(Canvas([[node(1)], [node(2)]]))
    assert [page.next_url is None for page in pages] == [False, True]
