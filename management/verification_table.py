"""A verification as a table for a person at a terminal: counts and ids, never values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.markup import escape
from rich.table import Table

from management.tables import narrow_table
from sync.verify.result import Tally, Verification

SHOWN: Final = 10


def verification_table(found: Verification) -> Table:
    """One row a resource; what differs stands out."""
    title = f"course {found.course}: {_verdict(found)}"
    table = narrow_table(title=title, title_justify="left", title_style="bold")
    table.add_column("resource", no_wrap=True)
    for name in ("canvas", "mirror", "missing", "extra", "different"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, tally in found.resources.items():
        wrong = (len(tally.missing), len(tally.extra), len(tally.different))
        cells = [f"[bold red]{count:,}" if count else "[dim]·" for count in wrong]
        table.add_row(escape(name), f"{tally.canvas:,}", f"{tally.mirror:,}", *cells)
    return table


def _verdict(found: Verification) -> str:
    if found.differs:
        return "the mirror differs from Canvas"
    return "the mirror equals Canvas" if found.ok else "what could be read equals Canvas"


def difference_lines(found: Verification) -> Iterator[str]:
    """`submissions 1010007: grade, score`; the first of each resource."""
    for name, tally in found.resources.items():
        yield from _first(escape(name), [*_told(tally)])


def _told(tally: Tally) -> Iterator[str]:
    for key in tally.missing:
        yield f"{key}: not in the mirror"
    for key in tally.extra:
        yield f"{key}: not in Canvas"
    for key, names in tally.different.items():
        yield f"{key}: {', '.join(sorted(names))}"


def _first(resource: str, lines: list[str]) -> Iterable[str]:
    shown = [f"{resource} {escape(line)}" for line in lines[:SHOWN]]
    more = len(lines) - SHOWN
    return [*shown, f"{resource}: {more:,} more, all of them with --json"] if more > 0 else shown
