"""One request as the views see it, and what a view hands back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.auth import Caller
from simulator.query import Query
from simulator.world.world import World

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request being answered. `base` is the origin the client sees, `now` world time."""

    world: World
    caller: Caller
    query: Query
    base: str
    path: str
    now: str

    @property
    def includes(self) -> frozenset[str]:
        """What include[] asks for."""
        return self.query.includes

    @property
    def api(self) -> str:
        """Prefix of API addresses in bodies."""
        return f"{self.base}/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A collection before paging.

    `render` turns the rows of one page into JSON and may drop some, as Canvas's after-paging
    filters do. With `key` the pages are bookmarked: rows must be sorted by it, and `keep` is asked
    only about rows that are reached. `root` wraps the array in an object.
    """

    rows: Sequence[Any]
    render: Callable[[Sequence[Any]], list[Json]]
    last: bool = True
    key: Callable[[Any], Any] | None = None
    keep: Callable[[Any], bool] | None = None
    root: str | None = None


Answer = Listing | Json | list[Json]
View = Callable[..., Answer]
