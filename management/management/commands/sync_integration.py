"""manage.py sync_integration: find the courses of an account and mirror them all."""

from __future__ import annotations

import threading
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.course_ids import course_id
from management.exits import Exit, exit_of, worst
from management.fanning_out import Found, find_courses, queue_found, states_of
from management.interrupts import graceful_stop
from management.operations import SyncRequest, sync_courses
from management.progress import TerminalProgress
from management.tables import headline
from sync.listed import Filter
from sync.report import SCHEMA, RunReport
from workers.bridge import bridge


class Command(OperatorCommand):
    help = (
        "List the courses of a Canvas account and sync them: by the workers where there is a "
        "broker (BROKER_URL or REDIS_URL), else one after the other in this process."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", metavar="NAME", help="which Canvas")
        parser.add_argument("--integration", metavar="NAME", help="the same")
        parser.add_argument(
            "--term", type=course_id, metavar="ID", help="only courses of this term"
        )
        parser.add_argument(
            "--state",
            default="",
            metavar="available,…",
            help="only courses in these of Canvas's states",
        )
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--queue", action="store_true", help="by the workers")
        where.add_argument("--inline", action="store_true", help="in this process")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        only = Filter(term=options["term"], states=states_of(options["state"]))
        name = options["name"] or options["integration"]
        self._as_json, self._reports = options["json"], list[RunReport]()
        by_workers = options["queue"] or (bool(settings.BROKER_URL) and not options["inline"])
        with graceful_stop(self.note) as stop:
            found = bridge.run(find_courses(name, only, stop=stop))
            self._say(found)
            if stop.is_set():
                self.note("stopped before any course was begun; run the same command again")
                result: dict[str, Any] = {"runs": []}
            elif by_workers:
                result = {"queued": self._queue(found)}
            else:
                self._sync(found, stop)
                result = {"runs": [report.as_json() for report in self._reports]}
        if self._as_json:
            self.show_json(_document(found) | result)
        is_whole = "queued" in result or len(self._reports) == len(found.courses)
        return self._exit(stop.is_set() and not is_whole)

    def _say(self, found: Found) -> None:
        listed = found.discovery.counts()
        self.note(
            f"{found.integration.name}: {listed['listed']} courses listed, {listed['new']} of them "
            f"new, {len(found.courses)} to be synced"
        )
        if found.paused:
            self.note(f"{found.paused} are left out: they are paused ('manage.py schedule')")
        if not found.discovery.complete:
            self.note("Canvas has not shown that its list was whole; no course is taken for gone")
        if found.discovery.held:
            self.note("the list lacks many courses it had before; none of them is taken for gone")

    def _queue(self, found: Found) -> list[int]:
        runs = bridge.run(queue_found(found))
        if not settings.BROKER_URL:
            self.note("no broker is set: the runs wait until a worker with one is started")
        if others := len(found.courses) - len(runs):
            self.note(f"{others} have a run that waits or is under way already")
        if not self._as_json:
            self.stdout.write(f"{len(runs)} runs queued; see 'manage.py runs list'")
        return runs

    def _sync(self, found: Found, stop: threading.Event) -> None:
        request = SyncRequest(courses=tuple(found.courses), integration=found.integration.name)
        with TerminalProgress() as progress:

            def done(report: RunReport) -> None:
                with progress.aside():
                    self._done(report, of=len(found.courses))

            syncing = sync_courses(request, watch=progress, stop=stop, done=done, note=self.note)
            bridge.run(syncing)
        if left := len(found.courses) - len(self._reports):
            self.note(
                f"{left} courses were not begun; run the same command again: a course that was "
                "under way goes on where it was, and those that were read are read by their changes"
            )

    def _done(self, report: RunReport, *, of: int) -> None:
        self._reports.append(report)
        if not self._as_json:
            self.stdout.write(f"{len(self._reports)}/{of} {headline(report)}")
        if report.error:
            self.note(f"course {report.course}: {report.error}")

    def _exit(self, was_stopped: bool) -> Exit:
        exits = [_exit_of(report) for report in self._reports]
        return worst([*exits, Exit.INTERRUPTED] if was_stopped else exits)


def _exit_of(report: RunReport) -> Exit:
    """That a course was deleted in Canvas is what was to be found out, and no failure."""
    is_deleted = report.error is not None and report.error.code == "course_deleted"
    return Exit.DONE if is_deleted else exit_of(report)


def _document(found: Found) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "integration": found.integration.name,
        "discovered": found.discovery.counts() | {"paused": found.paused},
    }
