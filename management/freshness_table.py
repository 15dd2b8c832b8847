"""Freshness and plans as tables for a person at a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from rich.markup import escape
from rich.table import Table

from management.freshness import CourseFreshness, Freshness
from management.planning import CoursePlan, Estimate
from management.tables import narrow_table

_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def freshness_table(course: CourseFreshness) -> Table:
    """One row a resource. Units: times in UTC."""
    title = escape(f"course {course.course} of {course.integration} (times in UTC)")
    table = narrow_table(title=title, title_justify="left", title_style="bold")
    for name in ("resource", "complete as of", "age", "changes as of", "next full"):
        table.add_column(name, justify="right" if name == "age" else "left", no_wrap=True)
    for resource in course.resources:
        table.add_row(escape(resource.resource), *_cells(resource))
    return table


def why_due(course: CourseFreshness) -> list[str]:
    """A line for each reason to read everything again, with the resources it is about."""
    about: dict[str, list[str]] = {}
    for one in course.resources:
        if one.full_because:
            about.setdefault(one.full_because, []).append(one.resource)
    return [
        f"course {course.course}: {', '.join(names)}: {because}" for because, names in about.items()
    ]


def _cells(one: Freshness) -> tuple[str, str, str, str]:
    complete = _minute(one.complete_as_of) or "[red]never"
    due = "-" if one.next_due is None else _until(one.next_due - timezone.now())
    age = "-" if one.age_s is None else span(one.age_s)
    return complete, age, _minute(one.changes_as_of) or "-", due


def _minute(at: dt.datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def _until(left: dt.timedelta) -> str:
    seconds = left.total_seconds()
    return "[yellow]due" if seconds <= 0 else f"in {span(seconds)}"


def span(seconds: float) -> str:
    """`3 d`, `2 h`, `14 min`, `9 s`: the largest unit that fits, rounded down."""
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def plan_table(plans: Iterable[CoursePlan]) -> Table:
    """The next run, and below it one that reads everything."""
    table = narrow_table()
    for name in ("course", "run"):
        table.add_column(name, no_wrap=True)
    for name in ("requests", "cost", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    for plan in plans:
        name = escape(f"{plan.course} of {plan.integration}")
        table.add_row(name, "next", *_figures(plan.next))
        table.add_row("", "in full", *_figures(plan.full))
    return table


def _figures(estimate: Estimate) -> tuple[str, str, str]:
    return f"{estimate.requests:,}", f"{estimate.cost:,.1f}", span(estimate.seconds)
