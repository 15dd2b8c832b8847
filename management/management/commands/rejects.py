"""manage.py rejects: records that could not be stored, and another try."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.exits import Exit, exit_of, worst
from management.interrupts import graceful_stop
from management.progress import TerminalProgress
from management.rejects import list_rejects, retry_rejects, summary
from management.tables import report_table
from sync.report import RunReport
from workers.bridge import bridge


class Command(OperatorCommand):
    help = "List the records that could not be stored, or read their listings again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", nargs="?", choices=("list", "retry"), default="list")
        parser.add_argument(
            "courses", nargs="*", type=int, metavar="canvas id", help="of these courses only"
        )
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        if options["verb"] == "retry":
            return self._retry(options["courses"], as_json=options["json"])
        self._list(options["courses"], as_json=options["json"])
        return Exit.DONE

    def _list(self, courses: list[int], *, as_json: bool) -> None:
        if as_json:
            everything, _ = bridge.run(list_rejects(courses=courses, limit=None))
            self.show_json([summary(reject) for reject in everything])
            return
        shown, count = bridge.run(list_rejects(courses=courses))
        for reject in shown:
            where = f"course {reject.run.course}, run {reject.run_id}"
            self.stdout.write(f"{reject} ({where})")
            if reject.excerpt:
                self.stdout.write(f"    {reject.excerpt}")
        if count > len(shown):
            self.note(f"{count - len(shown):,} more; --json has them all")
        elif not count:
            self.note("nothing is set aside")

    def _retry(self, courses: list[int], *, as_json: bool) -> Exit:
        reports: list[RunReport] = []
        with graceful_stop(self.note) as stop, TerminalProgress() as progress:
            read = bridge.run(
                retry_rejects(courses=courses, watch=progress, stop=stop, done=reports.append)
            )
        if not read:
            self.note("nothing is set aside")
        for report in reports:
            if report.error:
                self.note(f"course {report.course}: {report.error}")
            if not as_json:
                self.console().print(report_table(report))
        if as_json:
            self.show_json([report.as_json() for report in reports])
        return worst(exit_of(report) for report in reports)
