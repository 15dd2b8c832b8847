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


def freshness_table(courses: Iterable[CourseFreshness]) -> Table:
    table = narrow_table()
    for name in ("course", "resource", "complete as of (UTC)", "age", "changes as of", "next full"):
        table.add_column(name, justify="right" if name == "age" else "left", no_wrap=True)
    for course in courses:
        first = escape(f"{course.course} of {course.integration}")
        for resource in course.resources:
            table.add_row(first, escape(resource.resource), *_cells(resource))
            first = ""
    return table


def _cells(one: Freshness) -> tuple[str, str, str, str]:
    complete = f"{one.complete_as_of:%Y-%m-%d %H:%M}" if one.complete_as_of else "[red]never"
    changes = f"{one.changes_as_of:%H:%M}" if one.changes_as_of else "-"
    due = "-" if one.next_due is None else _until(one.next_due - timezone.now())
    return complete, "-" if one.age_s is None else span(one.age_s), changes, due


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
