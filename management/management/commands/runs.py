"""manage.py runs: what was synced, when, and what it came to."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.errors import usage
from management.exits import Exit
from management.queries import RunDetail, recent_runs, run_detail
from management.tables import report_table, runs_table, traffic_line
from sync.models import Run
from workers.bridge import bridge


class Command(OperatorCommand):
    help = "List the newest runs, or show one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", nargs="?", choices=("list", "show"), default="list")
        parser.add_argument("run", nargs="?", type=int, metavar="ID")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        if options["verb"] == "show":
            self._show(options["run"], as_json=options["json"])
        elif options["run"] is not None:
            raise usage("'runs list' takes no run", next_step="use 'manage.py runs show ID'")
        else:
            self._list(as_json=options["json"])
        return Exit.DONE

    def _list(self, *, as_json: bool) -> None:
        runs = bridge.run(recent_runs())
        if as_json:
            self.show_json([_summary(run) for run in runs])
        elif runs:
            self.console().print(runs_table(runs))
        else:
            self.note("no run yet; 'manage.py sync_course ID' makes one")

    def _show(self, run_id: int | None, *, as_json: bool) -> None:
        if run_id is None:
            raise usage("'runs show' needs a run", next_step="see 'manage.py runs list'")
        detail = bridge.run(run_detail(run_id))
        if as_json:
            more = {"traffic": detail.report.traffic, "rejects": _rejects(detail)}
            self.show_json(detail.report.as_json() | more)
            return
        self.console().print(report_table(detail.report))
        if detail.report.traffic:
            self.stdout.write(traffic_line(detail.report.traffic))
        if detail.report.error:
            self.stdout.write(str(detail.report.error))
        for reject in detail.rejects:
            self.stdout.write(f"set aside: {reject}")


def _summary(run: Run) -> dict[str, Any]:
    return {
        "run": run.pk,
        "integration": run.integration.name,
        "course": run.course,
        "state": run.state,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "seconds": run.seconds,
        "requests": run.requests,
    }


def _rejects(detail: RunDetail) -> list[dict[str, str | None]]:
    return [
        {"source": r.source, "table": r.table, "canvas_id": r.canvas_id, "reason": r.reason}
        for r in detail.rejects
    ]
