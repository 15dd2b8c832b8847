"""Reports as tables for a person at a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from rich.markup import escape
from rich.table import Table

from management.models import ApiKey
from sync.models import Run, Watermark, WebhookEvent
from sync.report import RunReport

if TYPE_CHECKING:  # canvasapi takes 0.3 s to load
    from canvas.client.probe import ProbeFinding

_FIGURES = ("run", "seconds", "requests")
_COUNTS = ("seen", "created", "updated", "unchanged", "deleted", "rejected")


def report_table(report: RunReport) -> Table:
    """One row a resource; numbers that mean "something happened" stand out."""
    table = narrow_table(title=escape(headline(report)), title_justify="left", title_style="bold")
    table.add_column("resource", no_wrap=True)
    for name in _COUNTS:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("complete", justify="center", no_wrap=True)
    for name, counts in report.resources.items():
        numbers = [_number(column, getattr(counts, column)) for column in _COUNTS]
        table.add_row(escape(name), *numbers, "yes" if counts.complete else "[red]no")
    table.caption, table.caption_justify = _by_changes(report), "left"
    return table


def _by_changes(report: RunReport) -> str | None:
    """`read by their changes: submissions (updated since)`; None when all was read in full."""
    partly = {name: mode for name, mode in report.modes.items() if mode != Watermark.Mode.FULL}
    words = [f"{name} ({mode.replace('_', ' ')})" for name, mode in sorted(partly.items())]
    return escape(f"read by their changes: {', '.join(words)}") if words else None


def narrow_table(**options: Any) -> Table:
    """Narrow enough that the widest fits a terminal of 80 columns."""
    return Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", **options)


def _number(column: str, count: int) -> str:
    if count == 0:
        return "[dim]·"
    style = {"created": "green", "updated": "yellow", "deleted": "red", "rejected": "bold red"}
    return f"[{style[column]}]{count:,}" if column in style else f"{count:,}"


def headline(report: RunReport) -> str:
    run = f"run {report.run}, " if report.run is not None else "rehearsal, "
    waited = f", {report.throttle_wait_s:.1f} s throttled" if report.throttle_wait_s else ""
    return (
        f"course {report.course} of {report.integration}: {report.state} "
        f"({run}{report.requests:,} requests, {report.seconds:.1f} s{waited})"
    )


def traffic_line(traffic: dict[str, Any]) -> str:
    """`on the wire: 1.2 MB, cost 3.1, 2 retries, answers: 40 ok, 2 retry`."""
    words = [f"{traffic.get('bytes', 0) / 1e6:,.1f} MB", f"cost {traffic.get('cost', 0):,}"]
    for name, word in _TROUBLES.items():
        if count := traffic.get(name):
            words.append(f"{count:,} {word}")
    answers = ", ".join(f"{n:,} {name}" for name, n in traffic.get("verdicts", {}).items())
    return f"on the wire: {', '.join(words)}; answers: {answers or 'none'}"


_TROUBLES: Final = {
    "retries": "retried",
    "throttle_rejections": "rejected by the throttle",
    "renewals": "tokens renewed",
    "pages_made_smaller": "times smaller pages",
    "includes_dropped": "includes dropped",
}


def runs_table(runs: Sequence[Run]) -> Table:
    table = narrow_table()
    for column in ("run", "integration", "course", "state", "started (UTC)", "seconds", "requests"):
        justify: Literal["right", "left"] = "right" if column in _FIGURES else "left"
        table.add_column(column, justify=justify, no_wrap=True)
    for run in runs:
        started = f"{run.started_at:%Y-%m-%d %H:%M:%S}" if run.started_at else "-"
        table.add_row(
            str(run.pk),
            escape(run.integration.name),
            str(run.course),
            run.state,
            started,
            f"{run.seconds:.1f}",
            f"{run.requests:,}",
        )
    return table


def events_table(events: Sequence[WebhookEvent]) -> Table:
    table = narrow_table()
    for column in ("event", "integration", "name", "received (UTC)", "outcome"):
        table.add_column(column, justify="right" if column == "event" else "left", no_wrap=True)
    for event in events:
        table.add_row(
            str(event.pk),
            escape(event.integration.name),
            escape(event.event_name),
            f"{event.received_at:%Y-%m-%d %H:%M:%S}",
            (event.outcome or "waiting") + (f" ({event.repeats + 1}×)" if event.repeats else ""),
        )
    return table


def findings_table(findings: Sequence[ProbeFinding]) -> Table:
    table = narrow_table()
    for column in ("what", "readable", "detail", "next step"):
        table.add_column(column)
    for finding in findings:
        table.add_row(
            escape(finding.name),
            "[green]yes" if finding.ok else "[red]no",
            escape(finding.detail),
            "" if finding.ok else escape(finding.next_step),
        )
    return table


def keys_table(keys: Sequence[ApiKey]) -> Table:
    table = narrow_table()
    for column in ("name", "begins with", "made (UTC)", "last used (UTC)", "revoked (UTC)"):
        table.add_column(column)
    for key in keys:
        revoked = f"[red]{_moment(key.revoked_at)}" if key.revoked_at else "-"
        table.add_row(
            escape(key.name),
            f"cm_{key.prefix}",
            _moment(key.created_at),
            _moment(key.last_used_at),
            revoked,
        )
    return table


def _moment(at: dt.datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "-"
