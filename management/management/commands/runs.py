"""manage.py runs: what was synced, when, what it came to; and going on with a run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.errors import usage
from management.exits import Exit, exit_of
from management.interrupts import graceful_stop
from management.operations import resume_run
from management.progress import TerminalProgress
from management.queries import RunDetail, recent_runs, run_detail
from management.tables import report_table, runs_table, traffic_line
from management.watching import Retold, watch_run
from sync.models import Run
from workers.bridge import bridge


class Command(OperatorCommand):
    help = "List the newest runs, show one, or go on with one that did not come to its end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", nargs="?", choices=("list", "show", "resume"), default="list")
        parser.add_argument("run", nargs="?", type=int, metavar="ID")
        parser.add_argument(
            "--watch", action="store_true", help="with show: follow the run until it has ended"
        )
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        if options["watch"] and options["verb"] != "show":
            raise usage("--watch follows one run", next_step="use 'manage.py runs show ID --watch'")
        if options["verb"] == "show":
            if options["watch"]:
                self._follow(_needed(options["run"], verb="show"))
            self._show(options["run"], as_json=options["json"])
        elif options["verb"] == "resume":
            return self._resume(options["run"], as_json=options["json"])
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

    def _follow(self, run_id: int) -> None:
        """On a terminal as `sync_course` shows it, elsewhere a line for each news."""
        with TerminalProgress() as progress:
            bridge.run(self._tell(run_id, progress))

    async def _tell(self, run_id: int, progress: TerminalProgress) -> None:
        retold, said = Retold(progress), ""
        async for glance in watch_run(run_id):
            retold.tell(glance)
            if not progress.is_seen and glance.line != said:
                said = glance.line
                self.note(said)

    def _resume(self, run_id: int | None, *, as_json: bool) -> Exit:
        run_id = _needed(run_id, verb="resume")
        with graceful_stop(self.note) as stop, TerminalProgress() as progress:
            report = bridge.run(resume_run(run_id, watch=progress, stop=stop, note=self.note))
        if report.error:
            self.note(f"course {report.course}: {report.error}")
        if as_json:
            self.show_json(report.as_json())
        elif report.resources:
            self.console().print(report_table(report))
        return exit_of(report)

    def _show(self, run_id: int | None, *, as_json: bool) -> None:
        run_id = _needed(run_id, verb="show")
        detail = bridge.run(run_detail(run_id))
        if as_json:
            report = detail.report
            more = {"traffic": report.traffic, "modes": report.modes, "rejects": _rejects(detail)}
            self.show_json(report.as_json() | more)
            return
        self.console().print(report_table(detail.report))
        if detail.report.traffic:
            self.stdout.write(traffic_line(detail.report.traffic))
        if detail.report.error:
            self.stdout.write(str(detail.report.error))
        for reject in detail.rejects:
            self.stdout.write(f"set aside: {reject}")


def _needed(run_id: int | None, *, verb: str) -> int:
    if run_id is None:
        raise usage(f"'runs {verb}' needs a run", next_step="see 'manage.py runs list'")
    return run_id


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
