"""manage.py plan: what the next sync of each course will cost, before it is started."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.exits import Exit
from management.freshness_table import plan_table
from management.planning import plan_courses
from sync.report import SCHEMA
from workers.bridge import bridge


class Command(OperatorCommand):
    help = "Estimate requests, cost and time of the next sync of each course from the last runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("courses", nargs="*", type=int, metavar="canvas id")
        parser.add_argument("--integration", metavar="NAME", help="only courses of this Canvas")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        plans = bridge.run(plan_courses(options["courses"], integration=options["integration"]))
        if options["json"]:
            self.show_json({"schema": SCHEMA, "courses": [plan.as_json() for plan in plans]})
        elif plans:
            self.console().print(plan_table(plans))
            for plan in plans:
                for source, why in plan.in_full.items():
                    self.stdout.write(f"course {plan.course}: {source} in full: {why}")
        else:
            self.note("no run has left figures yet; 'manage.py sync_course ID' makes one")
        return Exit.DONE
