"""GraphQL through the client, against the simulator, over real HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from canvas.client import CanvasClient, Gap, Limits, LocalBudget, Page, Timeouts
from canvas.errors import (
    AccessRevokedError,
    AnswerTimeoutError,
    CanvasDownError,
    CanvasError,
    ConfigError,
    ConnectionLostError,
    ContractError,
    ForbiddenError,
    GoneError,
    ThrottledError,
)
from simulator import Canvas, start
from simulator.world.tiny.people import TEACHER

PATH = "/api/graphql"
SUBMISSIONS = """
query ($course: ID!, $first: Int, $after: String) {
  course(id: $course) {
    work: submissionsConnection(
      first: $first, after: $after, orderBy: [{field: _id, direction: ascending}],
      filter: {states: [submitted, unsubmitted, pending_review, graded]}
    ) { nodes { id _id attempt score submittedAt state } pageInfo { hasNextPage endCursor } }
  }
}"""
ROSTER = """
query ($course: ID!, $first: Int, $after: String) {
  course(id: $course) {
    work: enrollmentsConnection(first: $first, after: $after) {
      edges { node { id _id type state userId } } pageInfo { hasNextPage endCursor }
    }
  }
}"""
NESTED = "submissionsConnection(first: 100) { nodes { " + (
    "id _id score grade excused submittedAt gradedAt postedAt state late missing attempt } }"
)
PASSING = (
    *("http_429", "retry_after", "http_403_throttle", "http_500", "http_502_html", "html_200"),
    *("http_503_html", "http_504_html", "cut_body", "half_json", "half_gzip", "hang", "reset"),
    *("cut_gzip_trailer", "content_length_short", "slow_drip", "drip_headers", "graphql_errors"),
)
LASTING: dict[str, type[CanvasError]] = {
    "http_429": ThrottledError,
    "http_500": CanvasDownError,
    "http_504_html": CanvasDownError,
    "half_json": CanvasDownError,
    "reset": ConnectionLostError,
    "graphql_errors": AnswerTimeoutError,
    "unauthorized_401": AccessRevokedError,
    "permission_401": ForbiddenError,
    "forbidden_403": ForbiddenError,
    "not_found_404": GoneError,
    "redirect": ConfigError,
    "teapot": ContractError,
    "wrong_type": ContractError,
    "br_encoding": ContractError,
    "gzip_bomb": ContractError,
    "not_a_list": ContractError,
}


async def soon(_: float) -> None:
    """No test waits as long as Canvas would like."""


@pytest.fixture(scope="module")
def simulated() -> Iterator[Canvas]:
    with start("tiny", ticks=lambda: 0.0, throttle=False) as canvas:
        yield canvas


@pytest.fixture
def canvas(simulated: Canvas) -> Canvas:
    simulated.reset()
    return simulated


def connected(canvas: Canvas, *, token: str = "t") -> CanvasClient:
    return CanvasClient(
        canvas.url,
        token=token,
        budget=LocalBudget(sleep=soon),
        allow_insecure=True,
        timeouts=Timeouts(connect_s=10, read_s=0.8, total_s=1),
        limits=Limits(max_body_bytes=4 * 1024**2, throttle_patience_s=8),
        max_attempts=5,  # each of two faults may cost the next attempt its connection
        sleep=soon,
    )


async def asked(
    client: CanvasClient, query: str = SUBMISSIONS, *, course: int = 101, page_size: int = 30
) -> list[Page]:
    async with client:
        walk = client.graphql(
            query,
            variables={"course": str(course)},
            connection=("course", "work"),
            source="work",
            page_size=page_size,
        )
        return [page async for page in walk]


def rows(pages: list[Page]) -> list[dict[str, Any]]:
    return [json.loads(bytes(record)) for page in pages for record in page.records]


async def by_rest(canvas: Canvas, listing: str, *names: str) -> list[dict[str, Any]]:
    params = [(name, value) for name, _, value in (one.partition("=") for one in names)]
    async with connected(canvas) as client:
        walk = client.walk(f"/api/v1/courses/101/{listing}", params=params, source=listing)
        found = rows([page async for page in walk])
    return sorted(found, key=lambda row: int(row["id"]))


async def test_submissions_are_those_of_rest(canvas: Canvas) -> None:
    pages = await asked(connected(canvas))
    expected = [
        {
            "_id": str(row["id"]),
            "attempt": row["attempt"] or 0,
            "score": row["score"],
            "submittedAt": row["submitted_at"],
            "state": row["workflow_state"],
        }
        for row in await by_rest(canvas, "students/submissions", "student_ids[]=all")
    ]
    assert [{**row, "id": None} for row in rows(pages)] == [{"id": None, **row} for row in expected]
    assert len(pages) > 2


async def test_the_last_page_says_that_the_list_is_whole(canvas: Canvas) -> None:
    *others, last = await asked(connected(canvas), ROSTER, page_size=7)
    assert [page.completeness for page in others] == [None] * len(others)
    assert last.completeness is not None
    assert last.completeness.proven


async def test_the_roster_is_that_of_rest(canvas: Canvas) -> None:
    states = "active invited creation_pending inactive completed rejected".split()
    listed = await by_rest(canvas, "enrollments", *(f"state[]={state}" for state in states))
    found = rows(await asked(connected(canvas), ROSTER, page_size=7))
    assert sorted((int(row["_id"]), row["type"], int(row["userId"])) for row in found) == [
        (row["id"], row["type"], row["user_id"]) for row in listed
    ]


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("nth", [1, 2])
async def test_a_passing_fault_changes_nothing(canvas: Canvas, kind: str, nth: int) -> None:
    undisturbed = rows(await asked(connected(canvas)))
    canvas.faults.add(kind, PATH, nth=nth, times=2, interval_s=0.05)
    pages = await asked(connected(canvas))
    assert rows(pages) == undisturbed
    assert pages[-1].completeness is not None
    assert pages[-1].completeness.proven


@pytest.mark.parametrize("kind", LASTING)
async def test_a_lasting_fault_ends_the_walk_with_its_error(canvas: Canvas, kind: str) -> None:
    canvas.faults.add(kind, PATH, nth=2, times=None, megabytes=8)
    with pytest.raises(LASTING[kind]) as caught:
        await asked(connected(canvas))
    assert type(caught.value) is LASTING[kind]
    assert caught.value.source == "work"


async def test_a_part_of_an_answer_makes_the_pages_smaller(canvas: Canvas) -> None:
    canvas.faults.add("graphql_errors", PATH, times=1)
    client = connected(canvas)
    pages = await asked(client)
    assert client.stats.pages_made_smaller == 1
    assert [len(page.records) for page in pages[:-1]] == [15] * (len(pages) - 1)


async def test_what_is_too_complex_is_asked_for_in_smaller_pages(canvas: Canvas) -> None:
    wide = " ".join(f"a{n}: assignment {{ {many} }}" for n, many in enumerate([NESTED] * 3))
    query = SUBMISSIONS.replace("{ id _id", "{ id _id " + wide)
    client = connected(canvas)
    pages = await asked(client, query, page_size=100)
    assert len(pages[0].records) == 50
    assert client.stats.pages_made_smaller == 1


async def test_a_course_that_is_missing_or_hidden_is_gone(canvas: Canvas) -> None:
    with pytest.raises(GoneError):
        await asked(connected(canvas), course=999)
    with pytest.raises(GoneError):
        await asked(connected(canvas, token="teacher"), course=103)


async def test_a_roster_that_may_not_be_seen_is_forbidden(canvas: Canvas) -> None:
    for row in canvas.world.enrollments.of("user_id", TEACHER):
        row.type = "ObserverEnrollment"
    with pytest.raises(ForbiddenError):
        await asked(connected(canvas, token="teacher"), ROSTER)


@pytest.mark.parametrize("token", ["wrong", "revoked", "expired"])
async def test_a_refused_token_is_refused_here_too(canvas: Canvas, token: str) -> None:
    with pytest.raises(AccessRevokedError):
        await asked(connected(canvas, token=token))


async def test_a_query_canvas_does_not_know_is_our_mistake(canvas: Canvas) -> None:
    with pytest.raises(ContractError, match="undefinedField"):
        await asked(connected(canvas), SUBMISSIONS.replace("attempt", "attempts"))
    assert len(canvas.requests.matching(PATH)) == 1


async def test_rows_that_move_while_they_are_read_leave_it_unproven(canvas: Canvas) -> None:
    async with connected(canvas) as client:
        walk = client.graphql(
            SUBMISSIONS.replace("direction: ascending", "direction: descending"),
            variables={"course": "101"},
            connection=("course", "work"),
            source="work",
            page_size=30,
        )
        pages = [await anext(walk)]
        canvas.mutate("enroll", course_id=101)
        pages += [page async for page in walk]
    assert pages[-1].completeness is not None
    assert pages[-1].completeness.gap is Gap.ROWS_MOVED
