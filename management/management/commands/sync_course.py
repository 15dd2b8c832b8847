"""manage.py sync_course: mirror courses now, in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand, state_of
from management.course_ids import course_id
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
        parser.add_argument("courses", nargs="+", type=course_id, metavar="canvas id")
        parser.add_argument("--integration", metavar="NAME", help="which Canvas (default: default)")
        parser.add_argument("--only", metavar="RES,…", default="", help="only these resources")
        parser.add_argument(
            "--full",
            action="store_true",
            help="read everything, whatever seems unchanged",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="read everything, write no row, say what would change",
        )
        parser.add_argument(
            "--accept-deletes", action="store_true", help="allow a large deletion that was held"
        )
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
        parser.add_argument("--no-input", action="store_true", help="never ask anything")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._reports: list[RunReport] = []

    def work(self, **options: Any) -> Exit:
        request = SyncRequest(
            courses=_asked(options),
            integration=options["integration"],
            only=tuple(word.strip() for word in options["only"].split(",") if word.strip()),
            full=options["full"],
            dry_run=options["dry_run"],
            accept_deletes=options["accept_deletes"],
        )
        with graceful_stop(self.note) as stop, TerminalProgress() as progress:
            syncing = sync_courses(
                request, watch=progress, stop=stop, done=self._reports.append, note=self.note
            )
            bridge.run(syncing)
        self._show(as_json=options["json"], several=len(request.courses) > 1)
        return worst(exit_of(report) for report in self._reports)

    def _show(self, *, as_json: bool, several: bool) -> None:
        for report in self._reports:
            if report.error:
                self.note(f"course {report.course}: {report.error}")
        if as_json:
            documents = [report.as_json() for report in self._reports]
            self.show_json(_document(documents, several=several))
            return
        for report in self._reports:
            if report.resources:
                self.console().print(report_table(report))

    def failure(self, error: ErrorReport, *, options: Mapping[str, Any]) -> Any:
        """In the shape of a report, so that a script reads one shape only.

        Courses that had ended before keep the report they had.
        """
        courses = _asked(options) or (None,)
        known: dict[int | None, dict[str, Any]] = {
            report.course: report.as_json() for report in self._reports
        }
        documents = [known.get(course) or _failed(course, error) for course in courses]
        return _document(documents, several=len(courses) > 1)


def _asked(options: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(options.get("courses", ())))


def _document(documents: Sequence[dict[str, Any]], *, several: bool) -> Any:
    """By what was asked for: a list stays one when the run ends after its first course."""
    return list(documents) if several else documents[0]


def _failed(course: int | None, error: ErrorReport) -> dict[str, Any]:
    """A report of what never became a run; no course when the command line names none."""
    report = RunReport(
        run=None, integration=None, course=course or 0, state=state_of(error), error=error
    )
    return report.as_json() | {"course": course}
