"""The schedule as a table for a person at a terminal."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from management.freshness_table import span
from management.schedules import Entry, Timetable
from management.tables import narrow_table

_NAME, _WHY = 20, 27  # characters, so that a line fits a terminal


def timetable_table(table: Timetable) -> Table:
    """One row a course; the list of the account comes first."""
    shown = narrow_table()
    for name in ("course", "name", "next", "every", "why"):
        shown.add_column(name, no_wrap=True, justify="right" if name == "course" else "left")
    for entry in table.entries:
        shown.add_row(*_cells(entry))
    return shown


def headline(table: Timetable) -> str:
    """`school: 0.3 of 5 units/s planned`, and by how much it was too much."""
    spending = table.spending
    text = f"{table.integration}: {spending.planned:.2g} of {spending.allowed:g} units/s planned"
    if spending.stretch > 1:
        text += f"; intervals stretched × {spending.stretch:.1f}"
    return text


def _cells(entry: Entry) -> tuple[str, str, str, str, str]:
    course = "(list)" if entry.course is None else str(entry.course)
    every = span(entry.every_s) if entry.every_s else "-"
    return course, escape(entry.row.name[:_NAME]), _next(entry), every, escape(_why(entry)[:_WHY])


def _next(entry: Entry) -> str:
    if entry.row.paused:
        return "[yellow]paused"
    if entry.in_s is None:
        return "never"
    return "[yellow]due" if entry.in_s <= 0 else f"in {span(entry.in_s)}"


def _why(entry: Entry) -> str:
    if entry.row.is_restricted:
        return "closed to the token's user"
    if entry.in_s is None:
        return f"it is {entry.row.workflow_state}"
    window = f"{entry.window} UTC, " if entry.window else ""
    return window + (entry.row.cadence_because or "never yet")
