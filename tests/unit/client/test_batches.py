"""Listings asked for by ids."""

import json
from collections.abc import Iterable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas.client.batches import LONGEST_QUERY, MOST_IDS, IdWalk, batches
from canvas.errors import CanvasDownError, CanvasError, ContractError, ForbiddenError, GoneError
from tests.unit.client.canned import BASE, COURSES, JSON, Script, client_of, says

NAME = "assignment_ids[]"
REFUSALS: dict[int, type[CanvasError]] = {400: ContractError, 403: ForbiddenError, 404: GoneError}


def knows(known: Iterable[int], *, status: int = 400) -> Script:
    """A Canvas that refuses the whole request for one id it does not know."""
    there = set(known)

    def answer(request: httpx.Request) -> httpx.Response:
        asked = [int(one) for one in request.url.params.get_list(NAME)]
        if not there.issuperset(asked):
            return says(b'{"errors":[{"message":"no"}]}', status=status)(request)
        body = json.dumps([{"id": one} for one in asked])
        headers = {"content-type": JSON, "link": f'<{BASE}/x?page=1>; rel="current"'}
        return httpx.Response(200, headers=headers, content=body.encode())

    return Script(answer)


async def walk(script: Script, ids: Iterable[int]) -> tuple[list[int], IdWalk]:
    async with client_of(script, max_attempts=1) as client:
        walk = client.walk_ids(COURSES, ids=ids, name=NAME, source="submissions")
        found = [json.loads(bytes(r))["id"] async for page in walk for r in page.records]
    return found, walk


async def test_every_id_is_asked_for_once() -> None:
    script = knows(range(200))
    found, ended = await walk(script, [*range(200), 5, 6])
    assert sorted(found) == list(range(200))
    assert ended.complete
    assert len(script.requests) == 5


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_ids_that_canvas_refuses_are_found_and_named(status: int) -> None:
    script = knows(set(range(100)) - {3, 77}, status=status)
    found, ended = await walk(script, range(100))
    assert sorted(found) == sorted(set(range(100)) - {3, 77})
    assert {one: type(error) for one, error in ended.refused.items()} == {
        3: REFUSALS[status],
        77: REFUSALS[status],
    }
    assert not ended.complete


async def test_a_resource_that_is_refused_as_a_whole_is_not_asked_for_id_by_id() -> None:
    script = knows([], status=404)
    async with client_of(script) as client:
        walk = client.walk_ids(COURSES, ids=range(1000), name=NAME, source="submissions")
        with pytest.raises(GoneError):
            async for _ in walk:
                pass
    assert not walk.complete
    assert len(script.requests) < 20


async def test_trouble_is_not_taken_for_a_bad_id() -> None:
    script = knows([1], status=500)
    with pytest.raises(CanvasDownError):
        await walk(script, range(100))
    assert len(script.requests) == 1


@given(st.lists(st.integers(min_value=1, max_value=2**63 - 1)))
def test_batches_are_short_enough_for_their_links(ids: list[int]) -> None:
    params = [("student_ids[]", "all"), ("per_page", "100")]
    found = list(batches(ids, name=NAME, params=params))
    assert [one for batch in found for one in batch] == list(dict.fromkeys(ids))
    for batch in found:
        asked = [*params, *((NAME, str(one)) for one in batch)]
        assert 0 < len(batch) <= MOST_IDS
        assert len(httpx.QueryParams(asked).__str__()) <= LONGEST_QUERY


def test_one_id_too_long_for_any_query_still_is_a_batch() -> None:
    assert list(batches(["x" * 3000, 1], name=NAME, params=[])) == [["x" * 3000], [1]]
