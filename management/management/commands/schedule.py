"""manage.py schedule: when what is synced next and why; and what a person wants otherwise."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.course_ids import course_id
from management.errors import usage
from management.exits import Exit
from management.schedule_table import headline, timetable_table
from management.schedules import Wanted, change, timetables
from management.spans import span_s, window
from sync.report import SCHEMA
from workers.bridge import bridge

_HIGHEST = 1000


class Command(OperatorCommand):
    help = (
        "Show when each course is synced next and why. 'set' changes that for the courses named, "
        "with --all for all courses, else for the list of the account's courses: its pause is "
        "that of the whole Canvas, and its window that of courses without one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", nargs="?", choices=("list", "set"), default="list")
        parser.add_argument("courses", nargs="*", type=course_id, metavar="canvas id")
        parser.add_argument("--integration", metavar="NAME", help="only courses of this Canvas")
        parser.add_argument("--all", action="store_true", help="set: all courses of the Canvas")
        often = parser.add_mutually_exclusive_group()
        often.add_argument("--every", type=span_s, metavar="30m", help="set: so often, always")
        often.add_argument("--auto", action="store_true", help="set: as what happens there asks")
        parser.add_argument(
            "--window", type=window, metavar="22:00-06:00", help="set: only then (UTC), or none"
        )
        parser.add_argument(
            "--priority", type=_priority, metavar="N", help="set: more is sooner (default 0)"
        )
        pause = parser.add_mutually_exclusive_group()
        pause.add_argument("--pause", action="store_true", help="set: begin nothing any more")
        pause.add_argument("--resume", action="store_true", help="set: begin again")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        columns = _columns(options)
        wanted = Wanted(
            courses=tuple(dict.fromkeys(options["courses"])),
            every_course=options["all"],
            integration=options["integration"],
        )
        if options["verb"] == "set":
            self._set(wanted, columns)
        elif columns:
            raise usage("'schedule list' changes nothing", next_step="use 'manage.py schedule set'")
        self._list(wanted, as_json=options["json"])
        return Exit.DONE

    def _set(self, wanted: Wanted, columns: dict[str, Any]) -> None:
        if not columns:
            raise usage(
                "'schedule set' needs to know what", next_step="see 'manage.py schedule --help'"
            )
        if "priority" in columns and not (wanted.courses or wanted.every_course):
            raise usage("a priority is of courses", next_step="name some, or add --all")
        changed = bridge.run(change(wanted, columns))
        self.note(f"{changed} {'entry' if changed == 1 else 'entries'} changed")

    def _list(self, wanted: Wanted, *, as_json: bool) -> None:
        tables = bridge.run(timetables(wanted))
        if as_json:
            self.show_json({"schema": SCHEMA, "integrations": [one.as_json() for one in tables]})
            return
        for table in tables:
            self.stdout.write(headline(table))
            self.console().print(timetable_table(table))
        if not any(table.entries for table in tables):
            self.note("nothing is scheduled yet; 'manage.py sync_integration' lists the courses")


def _columns(options: dict[str, Any]) -> dict[str, Any]:
    """What is to be set, by column."""
    columns: dict[str, Any] = {}
    if options["every"] or options["auto"]:
        columns["interval_s"] = options["every"]
    if options["window"] is not None:
        columns["window_start"], columns["window_end"] = options["window"]
    if options["priority"] is not None:
        columns["priority"] = options["priority"]
    if options["pause"] or options["resume"]:
        columns["paused"] = options["pause"]
    return columns


def _priority(text: str) -> int:
    number = int(text) if text.strip().lstrip("-").isdecimal() else _HIGHEST + 1
    if abs(number) > _HIGHEST:
        raise ArgumentTypeError(f"it is a whole number from {-_HIGHEST} to {_HIGHEST}")
    return number
