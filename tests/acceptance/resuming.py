"""Runs that are killed and gone on with: fast commands, a Canvas of small pages, what is stored."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import psycopg

from simulator import Canvas
from sync.crashpoints import CRASH_POINTS
from sync.plan import BY_NAME
from sync.tables import BY_NAME as TABLES
from sync.tables import CLOSING
from tests.acceptance.driver import Mirror, Result
from tests.acceptance.newborn import PAGES_PER_BATCH
from tests.acceptance.nursery import Nursery

PAGE_LIMIT = 4
KILLED = -9
PLACES = tuple(name for name in CRASH_POINTS if not name.startswith(("keys.", "webhook.")))
OFTEN_PASSED = tuple(name for name in PLACES if name.startswith(("load.", "closing.")))
# Sources whose table no other source has rows for: as many rows as records were read.
OWN = tuple(
    name
    for name, source in BY_NAME.items()
    if sum(source.table in other.feeds for other in BY_NAME.values()) == 1
    and TABLES[source.table].reported_as == source.table
    and source.table != "quizzes"
)
_SYNC_AND_DIGEST = (
    "from django.core.management import call_command; from sync.digest import digest; "
    "call_command('sync_course', *{arguments}, '--json'); print(digest())"
)
SOAK = os.environ.get("SOAK") == "1"
Counts: TypeAlias = dict[str, int]


class QuickMirror(Mirror):
    """A mirror whose commands come out of the nursery."""

    def __init__(self, mirror: Mirror, nursery: Nursery) -> None:
        super().__init__(mirror.environment["CANVAS_URL"], mirror.database_url, nursery=nursery)

    def sync_and_digest(self, *arguments: str) -> tuple[Result, str]:
        """A sync that must succeed, and the digest after it, in one process."""
        code = _SYNC_AND_DIGEST.format(arguments=arguments or ("101",))
        said = self.manage("shell", "--no-imports", "-c", code)
        assert said.code == 0, (said.stdout, said.stderr)
        document, digest = said.stdout.splitlines()
        return Result(code=0, stdout=document, stderr=said.stderr), digest

    def killed_at(self, place: str, time: int = 1, *arguments: str) -> None:
        """A sync that ends there, as by a power cut."""
        said = self.sync(*arguments, CRASH_AT=f"{place}:{time}")
        assert said.code == KILLED, (place, time, said)

    def runs(self) -> list[tuple[Any, ...]]:
        """(id, state, attempts) of each run, the first one first."""
        return self.sql("SELECT id, state, attempts FROM sync_run ORDER BY id")

    def stored(self) -> Counts:
        """Source → how many records of its own table the database holds."""
        return {name: self._count_rows(BY_NAME[name].table) for name in OWN}

    def told(self) -> Counts:
        """Source → how many records its checkpoints say are stored."""
        query = "SELECT source, sum(records) FROM sync_checkpoint GROUP BY source"
        found = {source: int(number) for source, number in self.sql(query)}
        return {name: found.get(name, 0) for name in OWN}

    def feed(self) -> Counts:
        """Source → how many rows of its own table the change feed says were created."""
        query = (
            "SELECT resource, count(*) FROM sync_change WHERE kind = 'created' GROUP BY resource"
        )
        found = {resource: int(number) for resource, number in self.sql(query)}
        return {name: found.get(BY_NAME[name].table, 0) for name in OWN}

    def change(self, statement: str) -> None:
        """Write what nobody but a test would."""
        if self.is_postgres:
            with psycopg.connect(self.database_url, autocommit=True) as connection:
                connection.execute(statement.encode())
            return
        with closing(sqlite3.connect(urlsplit(self.database_url).path)) as file, file:
            file.execute(statement)

    def batches(self) -> int:
        """How many were stored, going by the pages of finished listings."""
        pages = self.sql("SELECT sum(pages) FROM sync_checkpoint GROUP BY source")
        return sum(ceil(int(number) / PAGES_PER_BATCH) for (number,) in pages)

    def _count_rows(self, table: str) -> int:
        name = TABLES[table].model._meta.db_table
        return int(self.sql(f"SELECT count(*) FROM {name}")[0][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """What a run comes to that nothing happens to: its counts, its digest, its batches."""

    resources: Any
    digest: str
    batches: int
    seconds: float

    @classmethod
    def made(cls, mirror: QuickMirror, *arguments: str) -> Undisturbed:
        said, digest = mirror.sync_and_digest(*arguments)
        return cls(
            resources=said.report["resources"],
            digest=digest,
            batches=mirror.batches(),
            seconds=said.report["seconds"],
        )

    def last(self, place: str) -> int:
        """How often it passes there."""
        if place.startswith("load."):
            return self.batches
        if place.startswith("closing."):
            return sum(bool(table.proved_by or table.parent) for table in CLOSING)
        return 1


def with_small_pages(canvas: Canvas) -> Canvas:
    """At its first moment, so that its listings are of several batches."""
    canvas.reset()
    canvas.world.page_limit = PAGE_LIMIT
    return canvas
