"""manage.py verify_course: prove that the mirror of a course is what Canvas shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.course_ids import course_id
from management.exits import Exit
from management.progress import TerminalProgress
from management.verification_table import difference_lines, verification_table
from management.verifying import exit_of_verification, verify_course
from sync.report import ErrorReport
from sync.verify.result import Verification
from workers.bridge import bridge


class Command(OperatorCommand):
    help = "Read a course again, compare it with the mirror field by field, write nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("course", type=course_id, metavar="canvas id")
        parser.add_argument("--integration", metavar="NAME", help="which Canvas (default: default)")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        with TerminalProgress() as progress:
            found = bridge.run(
                verify_course(options["course"], integration=options["integration"], watch=progress)
            )
        for listing, why in found.unread.items():
            self.note(f"{listing} of course {found.course} not compared: {why}")
        if options["json"]:
            self.show_json(found.as_json())
        else:
            self._show(found)
        if found.differs:
            full = f"'manage.py sync_course {found.course} --full'"
            self.note(f"the mirror differs from Canvas; next: run {full}, then verify again")
        return exit_of_verification(found)

    def _show(self, found: Verification) -> None:
        console = self.console()
        console.print(verification_table(found))
        for line in difference_lines(found):
            console.print(line)

    def failure(self, error: ErrorReport, *, options: Mapping[str, Any]) -> Any:
        """In the shape of a result, so that a script reads one shape only."""
        document: dict[str, Any] = {"course": options.get("course"), "ok": False, "resources": {}}
        return document | super().failure(error, options=options)
