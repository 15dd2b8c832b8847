"""The bulk client against the simulator, over real HTTP."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from canvas.client import CanvasClient, Gap, Limits, LocalBudget, Page, Timeouts
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    CanvasError,
    ConnectionLostError,
    ContractError,
    ForbiddenError,
    GoneError,
)
from simulator import Canvas, start
from simulator.auth import fingerprint

ENROLLMENTS = "/api/v1/courses/101/enrollments"
ASSIGNMENTS = "/api/v1/courses/101/assignments"
STATES = ("active", "invited", "creation_pending", "inactive", "completed", "rejected", "deleted")
PARAMS = [("state[]", state) for state in STATES] + [("per_page", "5")]
PASSING = [
    "http_429",
    "http_403_throttle",
    "retry_after",
    "http_500",
    "http_502_html",
    "http_503_html",
    "http_504_html",
    "html_200",
    "cut_body",
    "half_json",
    "half_gzip",
    "hang",
    "slow_drip",
    "reset",
]
LASTING: dict[str, type[CanvasError]] = {
    "unauthorized_401": AccessRevokedError,
    "permission_401": ForbiddenError,
    "forbidden_403": ForbiddenError,
    "not_found_404": GoneError,
    "tab_disabled_404": ForbiddenError,
    "not_a_list": ContractError,
    "foreign_next": ContractError,
    "next_loop": ContractError,
    "gzip_bomb": ContractError,
}
# Client and simulator are one process: only where the limit is to be met it is short.
PATIENT = Timeouts(connect_s=10, read_s=30, total_s=60)
HURRIED = Timeouts(connect_s=10, read_s=0.6, total_s=1)
SLOW = frozenset({"hang", "slow_drip"})
Open = Callable[..., CanvasClient]


async def soon(_: float) -> None:
    """No test waits as long as Canvas would like."""


def hurried() -> float:
    """A clock twenty times as fast, for the bucket and for the budget alike."""
    return time.monotonic() * 20


async def hurried_sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / 20)


@pytest.fixture(scope="module")
def simulated() -> Iterator[Canvas]:
    with start("tiny", throttle=False) as canvas:
        yield canvas


@pytest.fixture
def canvas(simulated: Canvas) -> Canvas:
    simulated.reset()
    return simulated


@pytest.fixture
def connect(canvas: Canvas) -> Open:
    def open_client(token: str = "t", **options: Any) -> CanvasClient:
        settings: dict[str, Any] = {
            "allow_insecure": True,
            "budget": LocalBudget(sleep=soon),
            "sleep": soon,
            "timeouts": PATIENT,
        }
        return CanvasClient(canvas.url, token=token, **settings | options)

    return open_client


async def ids_of(client: CanvasClient) -> list[int]:
    async with client:
        pages = [p async for p in client.walk(ENROLLMENTS, params=PARAMS, source="enrollments")]
    return [json.loads(bytes(record))["id"] for page in pages for record in page.records]


async def assignments(client: CanvasClient) -> list[Page]:
    params = [("per_page", "3")]
    async with client:
        walk = client.walk(ASSIGNMENTS, params=params, source="assignments")
        return [page async for page in walk]


def keys(pages: list[Page]) -> list[int]:
    return [json.loads(bytes(record))["id"] for page in pages for record in page.records]


async def test_every_enrollment_arrives_once_and_the_end_is_proven(
    canvas: Canvas, connect: Open
) -> None:
    async with connect() as client:
        pages = [p async for p in client.walk(ENROLLMENTS, params=PARAMS, source="enrollments")]
    found = [json.loads(bytes(record))["id"] for page in pages for record in page.records]
    assert len(pages) > 2
    assert len(set(found)) == len(found) == sum(len(page.records) for page in pages)
    assert [page.completeness for page in pages[:-1]] == [None] * (len(pages) - 1)
    assert pages[-1].completeness is not None
    assert pages[-1].completeness.proven
    assert all(page.asked_at is not None for page in pages)


@pytest.mark.parametrize("kind", PASSING)
async def test_a_passing_fault_changes_nothing(canvas: Canvas, connect: Open, kind: str) -> None:
    undisturbed = await ids_of(connect())
    canvas.faults.add(kind, ENROLLMENTS, page=2, times=2)
    client = connect(timeouts=HURRIED if kind in SLOW else PATIENT)
    assert await ids_of(client) == undisturbed
    assert client.stats.retries + client.stats.throttle_rejections == 2


@pytest.mark.parametrize("kind", LASTING)
async def test_a_lasting_fault_ends_the_walk_with_its_error(
    canvas: Canvas, connect: Open, kind: str
) -> None:
    canvas.faults.add(kind, ENROLLMENTS, page=2, times=None, megabytes=8)
    with pytest.raises(LASTING[kind]) as caught:
        await ids_of(connect(limits=Limits(max_body_bytes=4 * 1024**2)))
    spoilt = [asked for asked in canvas.requests.matching(ENROLLMENTS) if asked.fault]
    assert len(spoilt) == 1
    assert (caught.value.source, caught.value.course) == ("enrollments", 101)


@pytest.mark.parametrize("kind", ["empty_list", "lost_next"])
async def test_a_walk_that_lost_its_links_is_not_taken_for_complete(
    canvas: Canvas, connect: Open, kind: str
) -> None:
    canvas.faults.add(kind, ASSIGNMENTS, page=1, times=None)
    [page] = await assignments(connect())
    assert page.completeness is not None
    assert page.completeness.gap is Gap.LINKS_LOST


@pytest.mark.parametrize("kind", ["empty_list", "lost_next"])
async def test_links_that_were_lost_once_are_asked_for_again(
    canvas: Canvas, connect: Open, kind: str
) -> None:
    undisturbed = keys(await assignments(connect()))
    canvas.faults.add(kind, ASSIGNMENTS, page=1)
    found = await assignments(connect())
    assert keys(found) == undisturbed
    assert len(found) > 1
    assert found[-1].completeness is not None
    assert found[-1].completeness.proven


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("wrong", AccessRevokedError),
        ("revoked1", AccessRevokedError),
        ("expired1", AccessRevokedError),
    ],
)
async def test_a_refused_token_is_told_from_a_forbidden_page(
    connect: Open, token: str, error: type[CanvasError]
) -> None:
    with pytest.raises(error):
        await ids_of(connect(token=token))


@pytest.mark.parametrize("token", ["teacher1", "old-teacher1"])
async def test_a_page_a_teacher_may_not_read_is_forbidden(connect: Open, token: str) -> None:
    async with connect(token=token) as client:
        with pytest.raises(ForbiddenError):
            await client.fetch("/api/v1/courses/101/rubrics", source="rubrics")


async def test_a_course_that_does_not_exist_is_gone(connect: Open) -> None:
    async with connect() as client:
        with pytest.raises(GoneError, match="course 999"):
            await client.fetch("/api/v1/courses/999", source="courses", listing=False)


async def test_a_server_that_stays_down_is_given_up(canvas: Canvas, connect: Open) -> None:
    canvas.faults.add("http_503_html", ENROLLMENTS, times=None)
    with pytest.raises(CanvasDownError):
        await ids_of(connect(max_attempts=3))
    assert len(canvas.requests.matching(ENROLLMENTS)) == 3


async def test_nobody_listening_is_a_lost_connection(connect: Open) -> None:
    client = CanvasClient(
        "http://127.0.0.1:1", token="t", budget=LocalBudget(), allow_insecure=True, sleep=soon
    )
    with pytest.raises(ConnectionLostError, match="next: check the network"):
        await ids_of(client)


@pytest.mark.parametrize("status", [403, 429])
async def test_a_full_bucket_is_outlived(status: int) -> None:
    budget = LocalBudget(clock=hurried, sleep=hurried_sleep)
    with start("tiny", throttle_status=status, ticks=hurried) as canvas:
        async with CanvasClient(
            canvas.url, token="t", budget=budget, allow_insecure=True, clock=hurried
        ) as client:
            await client.fetch(ENROLLMENTS, source="enrollments")
            canvas.throttle.fill(fingerprint("t"))  # by another program with the same token
            calls = (client.fetch(ENROLLMENTS, source="enrollments") for _ in range(40))
            pages = await asyncio.gather(*calls)
    assert len(pages) == 40
    assert client.stats.throttle_rejections > 0
    assert client.stats.throttle_wait_s >= 5
