"""Pages of a connection: cursors that are offsets in disguise, and the types around the rows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator.graphql.types import Field, Types

DEFAULT_PAGE: Final = 20
MAX_PAGE: Final = 100


class BadCursor(Exception):
    """A cursor nobody was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The rows of one page and where they stand in the list."""

    rows: Sequence[Any]
    start: int
    total: int

    @property
    def end(self) -> int:
        return self.start + len(self.rows)

    def edges(self) -> list[tuple[int, Any]]:
        """Each row with its count from 1 in the whole list."""
        return list(enumerate(self.rows, start=self.start + 1))


def page_size(first: int | None) -> int:
    """How many rows a page may have; more than the most is cut to it in silence."""
    return DEFAULT_PAGE if first is None else min(first, MAX_PAGE)


def window(rows: Sequence[Any], *, first: int | None = None, after: str | None = None) -> Window:
    """The rows behind a cursor. Raises BadCursor."""
    start = 0 if after is None else _offset(after)
    return Window(rows=rows[start : start + page_size(first)], start=start, total=len(rows))


def cursor(offset: int) -> str:
    """A position as the client sees it."""
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(text: str) -> int:
    try:
        shown = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        return int(shown)
    except (ValueError, binascii.Error) as error:
        raise BadCursor(text) from error


def with_connections(types: Types) -> Types:
    """The types and, for each, the connection, its edges and what is said of its page."""
    found = dict(types)
    for name in types:
        found[f"{name}Connection"] = {
            "nodes": Field(resolve=lambda call, shown: shown.rows, of=name),
            "edges": Field(resolve=lambda call, shown: shown.edges(), of=f"{name}Edge"),
            "pageInfo": Field(resolve=lambda call, shown: shown, of="PageInfo"),
        }
        found[f"{name}Edge"] = {
            "cursor": Field(resolve=lambda call, edge: cursor(edge[0])),
            "node": Field(resolve=lambda call, edge: edge[1], of=name),
        }
    return found | {"PageInfo": PAGE_INFO}


def _cursor_of(shown: Window, offset: int) -> str | None:
    return cursor(offset) if shown.rows else None


PAGE_INFO: Final[dict[str, Field]] = {
    "hasNextPage": Field(resolve=lambda call, shown: shown.end < shown.total),
    "hasPreviousPage": Field(resolve=lambda call, shown: shown.start > 0),
    "endCursor": Field(resolve=lambda call, shown: _cursor_of(shown, shown.end)),
    "startCursor": Field(resolve=lambda call, shown: _cursor_of(shown, shown.start + 1)),
}
