"""manage.py sync_course: mirror courses now, in this process."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.exits import Exit, exit_of, worst
from management.interrupts import graceful_stop
from management.operations import SyncRequest, sync_courses
from management.progress import TerminalProgress
from management.tables import report_table
from sync.report import ErrorReport, RunReport
from workers.bridge import bridge


class Command(OperatorCommand):
    help = "Mirror one or more courses, given by their Canvas ids."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("courses", nargs="+", type=_course_id, metavar="canvas id")
        parser.add_argument("--integration", metavar="NAME", help="which Canvas (default: default)")
        parser.add_argument("--only", metavar="RES,…", default="", help="only these resources")
        parser.add_argument("--full", action="store_true", help="read everything again")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="read everything, write nothing, say what would change",
        )
        parser.add_argument(
            "--accept-deletes", action="store_true", help="allow a large deletion that was held"
        )
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
        parser.add_argument("--no-input", action="store_true", help="never ask anything")

    def work(self, **options: Any) -> Exit:
        request = SyncRequest(
            courses=tuple(dict.fromkeys(options["courses"])),
            integration=options["integration"],
            only=tuple(word.strip() for word in options["only"].split(",") if word.strip()),
            full=options["full"],
            dry_run=options["dry_run"],
            accept_deletes=options["accept_deletes"],
        )
        with graceful_stop(self.note) as stop, TerminalProgress() as progress:
            reports = bridge.run(sync_courses(request, watch=progress, stop=stop))
        self._show(reports, as_json=options["json"], several=len(request.courses) > 1)
        return worst(exit_of(report) for report in reports)

    def _show(self, reports: list[RunReport], *, as_json: bool, several: bool) -> None:
        for report in reports:
            if report.error:
                self.note(f"course {report.course}: {report.error}")
        if as_json:
            documents = [report.as_json() for report in reports]
            # By what was asked for: a list stays one when the run ends after its first course.
            self.show_json(documents if several else documents[0])
            return
        for report in reports:
            if report.resources:
                self.console().print(report_table(report))

    def failure(self, error: ErrorReport) -> dict[str, Any]:
        """In the shape of a report, so that a script reads one shape only."""
        empty: dict[str, Any] = {
            "run": None,
            "integration": None,
            "course": None,
            "seconds": 0.0,
            "requests": 0,
            "throttle_wait_s": 0.0,
            "resources": {},
        }
        return super().failure(error) | empty


def _course_id(text: str) -> int:
    """A Canvas id; `2107~565` is Canvas's own short form of a global id (canvas-api 0.3)."""
    shard, tilde, local = text.rpartition("~")
    if not (text.isascii() and local.isdigit() and (not tilde or shard.isdigit())):
        raise ValueError(text)
    number = int(shard or 0) * 10**13 + int(local)
    if not 0 < number < 2**63:
        raise ValueError(text)
    return number


_course_id.__name__ = "Canvas course id"
