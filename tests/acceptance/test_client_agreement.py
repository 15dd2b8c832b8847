"""canvasapi and our client, given one token and one Canvas, return the same objects."""

import json
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from canvas.client import CanvasClient, LocalBudget, Page
from simulator import Canvas, start
from sync.plan import PLAN, Source
from sync.transform.rows import Scope
from tests.acceptance.driver import TOKEN
from tests.acceptance.readers import read_with_canvasapi
from tests.acceptance.records import Listings, Payload

SIGNED_ANEW = "secure_params"  # differs in each answer (canvas-api 8, trap 62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A course, and what canvasapi says of it."""

    canvas: Canvas
    course: int
    page_size: int
    by_canvasapi: Listings


@pytest.fixture(
    scope="module",
    params=["tiny 101 3", "tiny 101 100", "tiny 102 3", "school 101 10", "school 101 100"],
)
def read(request: pytest.FixtureRequest) -> Iterator[Read]:
    preset, course, page_size = request.param.split()
    with start(preset, ticks=lambda: 0.0, throttle=False) as canvas:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # canvasapi would rather not read over http
            found = read_with_canvasapi(
                canvas.url, TOKEN, course=int(course), page_size=int(page_size)
            )
        yield Read(canvas=canvas, course=int(course), page_size=int(page_size), by_canvasapi=found)


async def by_our_client(read: Read, *, sized: bool) -> Listings:
    """Every listing of the plan; `sized`: in the pages canvasapi was given, else in our own."""
    found: Listings = {}
    async with CanvasClient(
        read.canvas.url, token=TOKEN, budget=LocalBudget(), allow_insecure=True
    ) as client:
        for source in PLAN:
            parents = [parent["id"] for parent in found[source.per]] if source.per else [None]
            scopes = [Scope(course=read.course, parent=parent) for parent in parents]
            size = [("per_page", str(read.page_size))] if sized else []
            found[source.name] = [
                json.loads(bytes(record))
                for scope in scopes
                async for page in pages(client, source, scope=scope, more=size)
                for record in page.records
            ]
    return found


async def pages(
    client: CanvasClient, source: Source, *, scope: Scope, more: list[tuple[str, str]]
) -> AsyncIterator[Page]:
    path = source.path_for(scope)
    if not source.listing:
        yield await client.fetch(path, params=source.params, source=source.name, listing=False)
        return
    async for page in client.walk(path, params=[*source.params, *more], source=source.name):
        yield page
        assert page.next_url or (page.completeness and page.completeness.proven)


def plain(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name != SIGNED_ANEW}


@pytest.mark.parametrize("sized", [True, False], ids=["its pages", "our pages"])
async def test_every_object_of_the_plan_is_the_same(read: Read, sized: bool) -> None:
    ours = await by_our_client(read, sized=sized)
    assert ours.keys() == read.by_canvasapi.keys() == {source.name for source in PLAN}
    for source, listed in read.by_canvasapi.items():
        assert [*map(plain, ours[source])] == [*map(plain, listed)], source


def test_what_is_compared_is_of_every_kind_and_on_many_pages(read: Read) -> None:
    kinds = {source for source, listed in read.by_canvasapi.items() if listed}
    if read.course == 101:
        assert kinds >= {source.name for source in PLAN} - {"new_quizzes"}
        assert len(read.by_canvasapi["submissions"]) > 3 * read.page_size or read.page_size == 100
