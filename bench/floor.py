"""The floor: the same pages fetched, decoded, hashed and copied by the least program that can.

Same pages, same order, as many requests in flight and as large batches as a sync; two loaders; no
retry, no budget, no relation, no checkpoint, no reject, no change feed. What a sync costs above it
is what its promises cost. `mode` is "fetch" (look at nothing), "read" (decode, hash, read the
stored hashes) or "load".
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

import django
import httpx
import psycopg

from bench.peak import used

IN_FLIGHT: Final = 4
LOADERS: Final = 2
PAGES_AHEAD: Final = 8
Mode: TypeAlias = Literal["fetch", "read", "load"]
Batch: TypeAlias = dict[str, list[Any]]


@dataclass(slots=True, kw_only=True)
class Measured:
    """What a run of the floor came to. `rows` counts those decoded."""

    seconds: float = 0.0
    requests: int = 0
    body_bytes: int = 0
    rows: int = 0
    unchanged: int = 0


class Floor:
    """One run over one course. Needs Django set up: the plan knows the models."""

    def __init__(self, client: httpx.AsyncClient, *, course: int, mode: Mode) -> None:
        from bench.floor_rows import Reader
        from sync.batch import PAGES_PER_BATCH
        from sync.plan import PLAN

        self.client, self.course, self.mode = client, course, mode
        self.measured = Measured()
        self.ids: dict[str, list[int]] = {}
        self._plan, self._pages_per_batch = PLAN, PAGES_PER_BATCH
        self._reader = Reader()
        self._gate = asyncio.Semaphore(IN_FLIGHT)
        self._pages: asyncio.Queue[Any] = asyncio.Queue(maxsize=PAGES_AHEAD)
        self._done = {source.name: asyncio.Event() for source in PLAN}

    async def run(self, database: str) -> None:
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(LOADERS):
                group.create_task(self._load(database))
            async with asyncio.TaskGroup() as reading:
                for source in self._plan:
                    reading.create_task(self._in_turn(source))
            for _ in range(LOADERS):
                await self._pages.put(None)
        self.measured.seconds = time.monotonic() - began

    async def _in_turn(self, source: Any) -> None:
        from sync.transform.rows import Scope

        for name in source.after:
            await self._done[name].wait()
        parents: list[int | None] = [None]
        if source.per:
            parents = list(self.ids.get(source.per, ()))
        scopes = [Scope(course=self.course, parent=parent) for parent in parents]
        await asyncio.gather(*(self._walk(source, scope) for scope in scopes))
        self._done[source.name].set()

    async def _walk(self, source: Any, scope: Any) -> None:
        params = [*source.params, ("per_page", "100")]
        url: str | None = str(httpx.URL(source.path_for(scope), params=params))
        while url:
            async with self._gate:
                answer = await self.client.get(url)
            answer.raise_for_status()
            self.measured.requests += 1
            self.measured.body_bytes += len(answer.content)
            url = answer.links.get("next", {}).get("url")
            if source.name in ("group_categories", "groups"):
                self.ids.setdefault(source.name, []).extend(one["id"] for one in answer.json())
            if self.mode != "fetch":
                await self._pages.put((source, scope.parent or scope.course, answer.content))

    async def _load(self, database: str) -> None:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            batch: Batch = {}
            pages = 0
            while (page := await self._pages.get()) is not None:
                source, parent, body = page
                rows = self._reader.read(source.table, body, listing=source.listing, parent=parent)
                for table, found in rows.items():
                    batch.setdefault(table, []).extend(found)
                pages += 1
                if pages == self._pages_per_batch or self._pages.empty():
                    await self._store(connection, batch)
                    batch, pages = {}, 0
            await self._store(connection, batch)

    async def _store(self, connection: psycopg.AsyncConnection, batch: Batch) -> None:
        async with connection.transaction():
            for table, rows in batch.items():
                self.measured.rows += len(rows)
                if self.mode == "load":
                    await self._copy(connection, table, rows)
                else:
                    await self._compare(connection, table, rows)

    async def _copy(self, connection: psycopg.AsyncConnection, table: str, rows: list[Any]) -> None:
        columns = ", ".join(f'"{name}"' for name in self._reader.columns(table))
        statement = f"COPY {_floor_table(table)} ({columns}) FROM STDIN"
        async with connection.cursor().copy(statement) as copy:
            for row in rows:
                await copy.write_row(row)

    async def _compare(
        self, connection: psycopg.AsyncConnection, table: str, rows: list[Any]
    ) -> None:
        keys = [str(row[2]) for row in rows]
        kind = "text" if isinstance(rows[0][2], str) else "bigint"
        found = await connection.execute(
            f"SELECT canvas_id, content_hash FROM {_floor_table(table)}"
            f" WHERE integration_id = 1 AND canvas_id = ANY(%s::{kind}[])",
            [f"{{{','.join(keys)}}}"],
        )
        stored: dict[Any, str] = dict(await found.fetchall())
        self.measured.unchanged += sum(stored.get(row[2]) == row[3] for row in rows)


def _floor_table(table: str) -> str:
    from sync.tables import BY_NAME

    return f"floor_{BY_NAME[table].model._meta.db_table}"


async def make_tables(database: str) -> None:
    """Fresh and empty, with the columns and indexes of the mirror's."""
    from sync.tables import BY_NAME

    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        for table in BY_NAME:
            name = _floor_table(table)
            await connection.execute(f"DROP TABLE IF EXISTS {name}")
        for table in BY_NAME:
            name, model = _floor_table(table), BY_NAME[table].model._meta.db_table
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS {name} (LIKE {model} INCLUDING INDEXES)"
            )


async def analyze_tables(database: str) -> None:
    """As a sync leaves the mirror's: what is read next is found by index. It is not timed."""
    from sync.tables import BY_NAME

    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        for table in sorted({_floor_table(name) for name in BY_NAME}):
            await connection.execute(f"ANALYZE {table}")


async def run_floor(url: str, *, course: int, mode: Mode, database: str) -> Measured:
    """`database`: address of a PostgreSQL with the mirror's tables. "load" begins with none."""
    if mode == "load":
        await make_tables(database)
    headers = {"Authorization": "Bearer floor-bench", "User-Agent": "floor"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=100) as client:
        floor = Floor(client, course=course, mode=mode)
        await floor.run(database)
    if mode == "load":
        await analyze_tables(database)
    return floor.measured


def main(arguments: list[str]) -> None:
    """A process of its own, so that its memory is: address, course, mode."""
    url, course, mode = arguments
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
    django.setup()
    database = os.environ["DATABASE_URL"]
    measured = asyncio.run(
        run_floor(url, course=int(course), mode=mode, database=database)  # type: ignore[arg-type]
    )
    sys.stdout.write(json.dumps(asdict(measured) | used()) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
