"""manage.py freshness: how old the mirror is, course by course and resource by resource."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.errors import usage
from management.exits import Exit
from management.freshness import document, freshness
from management.freshness_table import freshness_table, why_due
from workers.bridge import bridge


class Command(OperatorCommand):
    help = "Say as of when each resource of each course is complete, and when it is due again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("courses", nargs="*", type=int, metavar="canvas id")
        parser.add_argument("--integration", metavar="NAME", help="only courses of this Canvas")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        found = bridge.run(
            freshness(courses=options["courses"], integration=options["integration"])
        )
        if unknown := sorted(set(options["courses"]) - {one.course for one in found}):
            wanted = " ".join(map(str, unknown))
            raise usage(
                f"not in the mirror: {wanted}", next_step=f"run 'manage.py sync_course {wanted}'"
            )
        if options["json"]:
            self.show_json(document(found))
        elif found:
            self.console().print(*map(freshness_table, found))
            for line in chain.from_iterable(map(why_due, found)):
                self.stdout.write(line)
        else:
            self.note("no course yet; 'manage.py sync_course ID' reads one")
        return Exit.DONE
