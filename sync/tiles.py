"""The fewest requests that read given submissions: pure.

Canvas takes several students and several assignments in one request and answers with the work of
all of these for all of those, a hundred rows to a page. Source: canvas-api 4.11 (b), 5.4.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sync.changed_rows import IDS_AT_ONCE, PAGE_ROWS

STUDENTS: Final = "student_ids[]"
ASSIGNMENTS: Final = "assignment_ids[]"
_MOST_FIXED: Final = 20  # ids; the query must leave room for the others (canvas-api 5.4)

Work = tuple[int, int]  # assignment, student


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Requests for the work of some students for some assignments; `ids` may be cut into parts.

    `fixed` are the ids of the parameter `name` that go with every part.
    """

    name: str
    fixed: tuple[int, ...]
    by: str
    ids: tuple[int, ...]
    at_once: int = IDS_AT_ONCE

    @property
    def requests(self) -> int:
        return math.ceil(len(self.ids) / self.at_once)

    @property
    def parts(self) -> list[tuple[int, ...]]:
        size = self.at_once
        return [self.ids[start : start + size] for start in range(0, len(self.ids), size)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the works are read: by tiles, and of the assignments in `lists` the whole lists."""

    tiles: tuple[Tile, ...] = ()
    lists: frozenset[int] = frozenset()


def layout_of(works: Collection[Work], *, sizes: Mapping[int, int]) -> Layout:
    """The cheapest. `sizes`: assignment → how many submissions it has, as far as that is known."""
    tiles = tiles_of(works)
    lists = frozenset(assignment for assignment, _ in works)
    rows = sum(sizes.get(assignment, 0) for assignment in lists)
    if lists <= sizes.keys() and 0 < math.ceil(rows / PAGE_ROWS) < _requests(tiles):
        return Layout(lists=lists)
    return Layout(tiles=tuple(tiles))


def tiles_of(works: Iterable[Work]) -> list[Tile]:
    """By assignment, by student, or all of these with all of those; whatever takes the fewest."""
    by_assignment: dict[int, set[int]] = {}
    by_student: dict[int, set[int]] = {}
    for assignment, student in works:
        by_assignment.setdefault(assignment, set()).add(student)
        by_student.setdefault(student, set()).add(assignment)
    if not by_assignment:
        return []
    ways = [
        _rows(by_assignment, name=ASSIGNMENTS, by=STUDENTS),
        _rows(by_student, name=STUDENTS, by=ASSIGNMENTS),
        *(
            _rectangle(sorted(by_assignment), sorted(by_student), width=width)
            for width in range(2, min(_MOST_FIXED, len(by_assignment)) + 1)
        ),
    ]
    return min(ways, key=_requests)


def _rows(found: Mapping[int, Collection[int]], *, name: str, by: str) -> list[Tile]:
    return [
        Tile(name=name, fixed=(value,), by=by, ids=tuple(sorted(ids)))
        for value, ids in sorted(found.items())
    ]


def _rectangle(assignments: list[int], students: list[int], *, width: int) -> list[Tile]:
    """As many students at once as have no more than one page of work for `width` assignments."""
    at_once = max(1, min(IDS_AT_ONCE, PAGE_ROWS // width))
    return [
        Tile(
            name=ASSIGNMENTS,
            fixed=tuple(assignments[start : start + width]),
            by=STUDENTS,
            ids=tuple(students),
            at_once=at_once,
        )
        for start in range(0, len(assignments), width)
    ]


def _requests(tiles: Iterable[Tile]) -> int:
    return sum(tile.requests for tile in tiles)
