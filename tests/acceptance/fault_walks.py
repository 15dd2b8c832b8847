"""One walk under one fault: which page of which listing, and what came of it."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from canvas.client import CanvasClient, Completeness, Limits, LocalBudget, Timeouts
from canvas.errors import CanvasError
from simulator import Canvas
from tests.acceptance.fault_outcomes import Case, Outcome, Rows

TOKEN: Final = "canary-0a8c7751"
SLOW: Final = frozenset(("hang", "slow_drip", "drip_headers"))
PLACES: Final = {"first": 0, "middle": 1, "last": -1}
HANGS_AFTER_S: Final = 60.0

Row = dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing of `tiny` course 101, in pages that make it at least three."""

    source: str
    path: str
    params: tuple[tuple[str, str], ...]
    bookmarked: bool


_STATES: Final = "active invited creation_pending inactive completed rejected deleted".split()
LISTINGS: Final = (
    Listing(
        source="enrollments",
        path="/api/v1/courses/101/enrollments",
        params=(*(("state[]", state) for state in _STATES), ("per_page", "8")),
        bookmarked=True,
    ),
    Listing(
        source="assignments",
        path="/api/v1/courses/101/assignments",
        params=(("override_assignment_dates", "false"), ("per_page", "4")),
        bookmarked=False,
    ),
    Listing(
        source="submissions",
        path="/api/v1/courses/101/students/submissions",
        params=(("student_ids[]", "all"), ("per_page", "35")),
        bookmarked=True,
    ),
)


@dataclass(slots=True, kw_only=True)
class Walked:
    """What one walk gave until it ended."""

    pages: list[list[Row]] = field(default_factory=list)
    completeness: Completeness | None = None
    error: CanvasError | None = None

    @property
    def rows(self) -> list[Row]:
        return [row for page in self.pages for row in page]

    @property
    def said(self) -> str:
        """All that the error tells anybody who prints it."""
        return "".join(traceback.format_exception(self.error)) if self.error else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One square of the matrix."""

    kind: str
    place: str
    listing: Listing
    lasting: bool

    def __str__(self) -> str:
        how = "lasting" if self.lasting else "passing"
        return f"{how} {self.kind} on the {self.place} page of {self.listing.source}"

    @property
    def mark(self) -> str:
        """A parameter that Canvas does not know and repeats in its links."""
        return f"{self.kind}.{self.place}.{self.listing.source}.{self.lasting}."

    def expected(self, case: Case) -> Outcome:
        bookmarked = self.listing.bookmarked
        return case.outcome(lasting=self.lasting, place=self.place, bookmarked=bookmarked)


def cells_of(kind: str) -> list[Cell]:
    return [
        Cell(kind=kind, place=place, listing=listing, lasting=lasting)
        for listing in LISTINGS
        for place in PLACES
        for lasting in (False, True)
    ]


async def walk_under(canvas: Canvas, cell: Cell, *, case: Case, undisturbed: Walked) -> Walked:
    """Plan the fault of a cell, walk, and note how it ended."""
    number = (len(undisturbed.pages), 1, 2)[PLACES[cell.place] + 1]
    times = None if cell.lasting else case.times
    canvas.faults.add(
        cell.kind, f"cell={cell.mark}", page=number, times=times, **dict(case.options)
    )
    attempts = 2 if cell.lasting else 4
    client = client_in_haste(canvas, hurried=cell.kind in SLOW, max_attempts=attempts)
    return await walk(client, cell.listing, mark=cell.mark)


async def walk(client: CanvasClient, listing: Listing, *, mark: str = "") -> Walked:
    """Walk to whatever end, within a bound of time."""
    found = Walked()
    params = [*listing.params, *([("cell", mark)] if mark else [])]
    async with asyncio.timeout(HANGS_AFTER_S), client:
        try:
            async for page in client.walk(listing.path, params=params, source=listing.source):
                found.pages.append([_steady(json.loads(bytes(r))) for r in page.records])
                found.completeness = page.completeness
        except CanvasError as error:
            found.error = error
    return found


async def walk_undisturbed(canvas: Canvas, listing: Listing) -> Walked:
    return await walk(client_in_haste(canvas), listing)


def _steady(row: Row) -> Row:
    """Without what Canvas signs anew for each answer (canvas-api 8, trap 62)."""
    if row is not None:
        row.pop("secure_params", None)
    return row


def client_in_haste(
    canvas: Canvas, *, hurried: bool = False, max_attempts: int = 2
) -> CanvasClient:
    return CanvasClient(
        canvas.url,
        token=TOKEN,
        budget=LocalBudget(sleep=_soon),
        allow_insecure=True,
        timeouts=Timeouts(connect_s=10, read_s=2, total_s=3) if hurried else Timeouts(),
        limits=Limits(max_body_bytes=4 * 1024**2, max_pages=40, throttle_patience_s=8),
        max_attempts=max_attempts,
        sleep=_soon,
    )


async def _soon(_: float) -> None:
    """No test waits as long as Canvas would like."""


def complaints(
    cell: Cell, found: Walked, *, expected: Outcome, undisturbed: Walked
) -> Iterator[str]:
    """One line for each way in which a walk did not come to what it must."""
    error = type(found.error) if found.error else None
    if error is not expected.error and (error is None or error is not expected.or_error):
        yield f"{cell}: ended with {found.error!r}"
    if found.error is None and found.completeness is None:
        yield f"{cell}: ended without a word on what it proves"
    if found.completeness and found.completeness.gap is not expected.gap:
        yield f"{cell}: proves {found.completeness}"
    if not _fit(found.rows, undisturbed, cell=cell, rows=expected.rows):
        yield f"{cell}: {len(found.rows)} rows, not {expected.rows.value}"


def _fit(found: list[Row], undisturbed: Walked, *, cell: Cell, rows: Rows) -> bool:
    right = undisturbed.rows
    if rows is Rows.ALL:
        return _distinct(found) == right
    if rows is Rows.BEFORE:
        return _distinct(found) == right[: len(_distinct(found))] != right
    if rows is Rows.SHOWN:
        return len(found) < len(right) and found == [row for row in right if row in found]
    spoilt = [n for n, (one, other) in enumerate(zip(found, right, strict=False)) if one != other]
    start = sum(map(len, undisturbed.pages[: PLACES[cell.place]]))
    page = undisturbed.pages[PLACES[cell.place]]
    return len(found) == len(right) and {*spoilt} <= {*range(start, start + len(page))} != set()


def _distinct(found: list[Row]) -> list[Row]:
    return [row for n, row in enumerate(found) if row not in found[:n]]
