"""The reference: every page of the plan fetched with bare httpx, looked at by nobody.

Same pages, same order, as many requests in flight as the sync; no retry, no budget, no decode.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import httpx

from sync.plan import PLAN, Source
from sync.transform.rows import Scope

IN_FLIGHT = 4


@dataclass(slots=True, kw_only=True)
class Fetched:
    """What the bare fetch came to. `ids` are the parents found on the way."""

    seconds: float = 0.0
    requests: int = 0
    body_bytes: int = 0
    ids: dict[str, list[int]] = field(default_factory=dict)


async def fetch_course(base_url: str, course: int) -> Fetched:
    """Every page a sync of the course reads."""
    fetched = Fetched()
    began = time.monotonic()
    gate = asyncio.Semaphore(IN_FLIGHT)
    headers = {"Authorization": "Bearer bench", "User-Agent": "bench"}
    async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=100) as client:
        done = {source.name: asyncio.Event() for source in PLAN}
        async with asyncio.TaskGroup() as group:
            for source in PLAN:
                group.create_task(_in_turn(source, course, client, gate, fetched, done))
    fetched.seconds = time.monotonic() - began
    return fetched


async def _in_turn(
    source: Source,
    course: int,
    client: httpx.AsyncClient,
    gate: asyncio.Semaphore,
    fetched: Fetched,
    done: dict[str, asyncio.Event],
) -> None:
    for name in source.after:
        await done[name].wait()
    parents: list[int | None] = [None]
    if source.per:
        parents = list(fetched.ids.get(source.per, ()))
    scopes = [Scope(course=course, parent=parent) for parent in parents]
    await asyncio.gather(*(_walk(source, scope, client, gate, fetched) for scope in scopes))
    done[source.name].set()


async def _walk(
    source: Source,
    scope: Scope,
    client: httpx.AsyncClient,
    gate: asyncio.Semaphore,
    fetched: Fetched,
) -> None:
    params = [*source.params, ("per_page", "100")]
    url: str | None = str(httpx.URL(source.path_for(scope), params=params))
    while url:
        async with gate:
            answer = await client.get(url)
        answer.raise_for_status()
        fetched.requests += 1
        fetched.body_bytes += len(answer.content)
        if source.name in ("group_categories", "groups"):
            fetched.ids.setdefault(source.name, []).extend(one["id"] for one in answer.json())
        url = answer.links.get("next", {}).get("url")
