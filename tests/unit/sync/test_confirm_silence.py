"""What Canvas did not say of missing rows is known as such, table by table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from canvas.errors import CanvasDownError, CanvasError, ForbiddenError, GoneError
from sync.candidates import Candidate, Candidates
from sync.confirm import MOST_REQUESTS, Findings, confirm
from tests.unit.sync.fakes import CannedReader, Listing

COURSE = 101
ITSELF = f"/api/v1/courses/{COURSE}"


class Refusing(CannedReader):
    """Answers every request with an error."""

    def __init__(self, refuse: Callable[[str], CanvasError]) -> None:
        super().__init__({})
        self._listing = lambda path: [refuse(path)]  # type: ignore[method-assign]


def missing(count: int, *, before: int = 0) -> list[Candidate]:
    """The last of them were missed before, too."""
    return [
        Candidate(pk=pk, canvas_id=pk, parent=7, missed_before=pk > count - before)
        for pk in range(1, count + 1)
    ]


async def found(reader: CannedReader, **rows: list[Candidate]) -> Findings:
    candidates = Candidates(course=COURSE, rows=rows)
    return await confirm(candidates, reader=reader, stop=asyncio.Event())


async def test_a_canvas_that_is_down_has_answered_for_no_table() -> None:
    reader = Refusing(lambda path: CanvasDownError())
    findings = await found(reader, groups=missing(20), quizzes=missing(3), rubrics=missing(2))
    assert findings.unanswered == {"groups", "quizzes", "rubrics"}


@pytest.mark.parametrize(
    ("error", "silent"), [(CanvasDownError(), {"quizzes"}), (ForbiddenError(), set())]
)
async def test_where_no_404_is_believed_the_table_waits_for_an_answer(
    error: CanvasError, silent: set[str]
) -> None:
    reader = Refusing(lambda path: error if path == ITSELF else GoneError())
    findings = await found(reader, quizzes=missing(3))
    assert (findings.of("quizzes").gone, findings.unanswered) == (set(), silent)


async def test_who_was_left_over_the_last_time_is_asked_for_first() -> None:
    reader = Refusing(lambda path: ForbiddenError())
    findings = await found(reader, quizzes=missing(MOST_REQUESTS + 50, before=60))
    assert min(findings.left_over("quizzes")) > MOST_REQUESTS - 61
    assert max(findings.left_over("quizzes")) <= MOST_REQUESTS - 10


PERSON = "/api/v1/users/21"
GONE_IF_THERE = {
    "enrollments": ("/api/v1/sections/7/enrollments", [[]]),
    "submissions": (f"{ITSELF}/assignments/7/submissions/21", [GoneError()]),
}


@pytest.mark.parametrize("table", GONE_IF_THERE)
@pytest.mark.parametrize(
    ("person", "is_gone"),
    [
        ([[{"id": 21}]], True),
        ([[{"id": 21, "merged_into_user_id": None}]], True),
        ([[{"id": 21, "merged_into_user_id": 23}]], False),
        ([GoneError()], False),
        ([ForbiddenError()], False),
    ],
    ids=["there", "not merged", "merged", "not found", "refused"],
)
async def test_what_a_person_no_longer_has_may_be_somebody_elses(
    table: str, person: Listing, is_gone: bool
) -> None:
    """A merge keeps the ids of rows and changes whose they are (trap 36)."""
    path, answer = GONE_IF_THERE[table]
    reader = CannedReader({path: answer, PERSON: person, ITSELF: [[{"id": COURSE}]]})
    rows = [Candidate(pk=pk, canvas_id=pk, parent=7, user=21) for pk in (1, 2)]
    findings = await found(reader, **{table: rows})
    assert findings.of(table).gone == ({1, 2} if is_gone else set())
    assert findings.left_over(table) == (set() if is_gone else {1, 2})
    assert findings.unanswered == set()
    assert [asked for asked, _ in reader.asked].count(PERSON) == 1
