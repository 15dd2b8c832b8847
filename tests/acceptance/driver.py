"""The product as its user meets it: the real command in a process of its own, and what it stored.

Every run is looked through: no traceback, and the token in no output.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.acceptance.begun import Begun
from tests.acceptance.nursery import Nursery
from tests.command import ROOT, clean_environment

TOKEN = "canary-5f81c0d2"
FIELD_KEY = "ZmFrZSBrZXkgZm9yIHRoZSBhY2NlcHRhbmNlIHRlc3Q="
HASTE = 20.0
Row = dict[str, Any]
Running = subprocess.Popen[str] | Begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> Any:
        """The one JSON document on stdout. Raises ValueError for none, and for more than one."""
        return json.loads(self.stdout)

    @property
    def complaints(self) -> list[str]:
        """The lines on stderr."""
        return self.stderr.splitlines()

    def counts(self, name: str) -> dict[str, int]:
        """Resource → the number called `name`, of all courses together, without the zeros."""
        reports = self.report if isinstance(self.report, list) else [self.report]
        found: dict[str, int] = {}
        for report in reports:
            for resource, numbers in report["resources"].items():
                found[resource] = found.get(resource, 0) + numbers[name]
        return {resource: number for resource, number in found.items() if number}

    def changes(self) -> dict[str, dict[str, int]]:
        """What was created, updated, deleted or set aside: resource → number, without the zeros."""
        names = ("created", "updated", "deleted", "rejected")
        return {name: found for name in names if (found := self.counts(name))}


class Mirror:
    """A database and the Canvas it is a mirror of.

    Commands come out of the `nursery`, if there is one; without it, and if they `begin`, they are
    processes started from nothing.
    """

    def __init__(
        self,
        canvas_url: str,
        database_url: str,
        *,
        token: str = TOKEN,
        nursery: Nursery | None = None,
    ) -> None:
        self.database_url, self.token, self.nursery = database_url, token, nursery
        self.environment = {
            "CANVAS_URL": canvas_url,
            "CANVAS_TOKEN": token,
            "CANVAS_ALLOW_INSECURE": "1",
            "DATABASE_URL": database_url,
            "FIELD_KEYS": FIELD_KEY,
            "LOG_LEVEL": "WARNING",
        }

    @property
    def is_postgres(self) -> bool:
        return self.database_url.startswith("postgres")

    def start(self, *arguments: str, haste: float = 1, **environment: str | None) -> Running:
        """A command; see `Nursery.begin` for `haste`. A variable given as None is not set."""
        if self.nursery is None:
            return self.begin(*arguments, **environment)
        return self.nursery.begin(list(arguments), self._named(environment), haste=haste)

    def begin(self, *arguments: str, **environment: str | None) -> subprocess.Popen[str]:
        """A command in a process of its own, from nothing."""
        return subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=clean_environment(**self._named(environment)),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, command: Running, *, stdin: str | None = "") -> Result:
        """Wait for the command and look its output through."""
        stdout, stderr = command.communicate(stdin, timeout=120)
        return self._looked_through(command.wait(), stdout, stderr)

    def manage(self, *arguments: str, stdin: str | None = "", **environment: str | None) -> Result:
        if self.nursery is None:
            return self.end(self.begin(*arguments, **environment), stdin=stdin)
        return self.within({}, *arguments, stdin=stdin, **environment)

    def within(
        self,
        limits: dict[str, float],
        *arguments: str,
        stdin: str | None = "",
        **environment: str | None,
    ) -> Result:
        """A command with the limits of `Nursery.run`."""
        assert self.nursery is not None
        named = self._named(environment)
        return self._looked_through(
            *self.nursery.run(list(arguments), named, stdin=stdin or "", **limits)
        )

    def _named(self, environment: dict[str, str | None]) -> dict[str, str]:
        named = self.environment | environment
        return {name: text for name, text in named.items() if text is not None}

    def _looked_through(self, code: int, stdout: str, stderr: str) -> Result:
        assert "Traceback" not in stdout + stderr, stderr
        assert self.token not in stdout + stderr
        return Result(code=code, stdout=stdout, stderr=stderr)

    def sync(self, *arguments: str, **environment: str | None) -> Result:
        """`sync_course … --json`, of course 101 unless arguments say otherwise."""
        return self.manage("sync_course", *(arguments or ("101",)), "--json", **environment)

    def hastily(self, *arguments: str, **environment: str | None) -> Result:
        """A command that sleeps for a twentieth of the time it would wait for Canvas."""
        return self.within({"haste": HASTE}, *arguments, **environment)

    def shell(self, code: str) -> str:
        """What Django prints for a line of Python."""
        said = self.manage("shell", "--no-imports", "-c", code)
        assert said.code == 0, said.stderr
        return said.stdout.strip()

    def digest(self) -> str:
        return self.shell("from sync.digest import digest; print(digest())")

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        if self.is_postgres:
            with psycopg.connect(self.database_url, autocommit=True) as connection:
                return connection.execute(query.encode()).fetchall()
        with sqlite3.connect(urlsplit(self.database_url).path) as file:
            return file.execute(query).fetchall()

    def is_left(self) -> bool:
        """Whether nobody else has a session: then PostgreSQL has counted all they have done."""
        others = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return self.sql(others) == []

    def place(self) -> str:
        """The file, or the name of the PostgreSQL database; whole, now that nobody is at it."""
        path = urlsplit(self.database_url).path
        if self.is_postgres:
            return path.removeprefix("/")
        with closing(sqlite3.connect(path)) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path

    def table_names(self) -> list[str]:
        """Tables of mirrored rows."""
        catalog = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            if self.is_postgres
            else "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
        names = [str(name) for (name,) in self.sql(catalog)]
        return sorted(n for n in names if n.startswith("canvas_") and "integration" not in n)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every column of every mirrored row as the database has it, by table."""
        return {name: self.sql(f"SELECT * FROM {name} ORDER BY id") for name in self.table_names()}

    def count(self, table: str, where: str = "1 = 1") -> int:
        """How many rows of a table (`submission` for `canvas_canvassubmission`) fit."""
        return int(self.sql(f"SELECT count(*) FROM canvas_canvas{table} WHERE {where}")[0][0])

    def dump(self) -> list[Row]:
        """Every mirrored row as Django reads it: model, key and fields."""
        said = self.manage("dumpdata", "canvas")
        return list(json.loads(said.stdout))


def sqlite_url(path: object) -> str:
    return f"sqlite:///{path}"
