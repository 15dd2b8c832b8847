"""What the cases stand on: the list of cases, one table, and ways to look and to wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.db import connection

from canvas.models import CanvasTerm

Body = Callable[[], Coroutine[Any, Any, str | None] | str | None]
terms = CanvasTerm.objects
PATIENCE_S = 20.0


class Boom(Exception):
    """What a case raises to have a block rolled back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`vendor`: the only database it makes sense on, or both."""

    name: str
    body: Body
    vendor: str | None


class Cases:
    all: ClassVar[list[Case]] = []


def case(*, vendor: str | None = None) -> Callable[[Body], Body]:
    def keep(body: Body) -> Body:
        Cases.all.append(Case(name=body.__name__, body=body, vendor=vendor))
        return body

    return keep


async def names(using: str = "default") -> list[str]:
    """The names of the rows that a plain query sees."""
    found = terms.using(using).order_by("name").values_list("name", flat=True)
    return [str(name) async for name in found]


async def thread() -> int:
    """The thread that queries of this context run on."""
    return await sync_to_async(threading.get_ident)()


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


def execute(sql: str) -> Any:
    """The first value of the first row, or None. Synchronous: wrap it in `sync_to_async`."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


def statement_of(seconds: float) -> str:
    """A statement that keeps the database busy for about that long, for ever on SQLite."""
    if is_postgres():
        return f"SELECT 1 FROM pg_sleep({seconds})"
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    return f"{endless} SELECT count(*) FROM n WHERE x < 0"


class raises:  # noqa: N801  reads as `pytest.raises`, without pytest
    """The block raises `kind`, and every one of `words` is in its text."""

    def __init__(self, kind: type[BaseException], *words: str) -> None:
        self._kind, self._words = kind, words

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        assert kind is not None, f"{self._kind.__name__} was not raised"
        missing = [word for word in self._words if word not in str(error)]
        assert not (issubclass(kind, self._kind) and missing), f"{missing} not in: {error}"
        return issubclass(kind, self._kind)


class NaiveAtomic:
    """The bridge everybody writes first; the product must do what it cannot."""

    def __init__(self, atomic: Any) -> None:
        self._atomic = atomic

    async def __aenter__(self) -> None:
        await sync_to_async(self._atomic.__enter__)()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await sync_to_async(self._atomic.__exit__)(kind, error, traceback)
