"""manage.py simulate_canvas: the bundled Canvas, for the demo, for trying things, for tests."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

import simulator
from management.command import OperatorCommand
from management.errors import usage
from management.exits import Exit


class Command(OperatorCommand):
    help = "Serve a simulated Canvas over HTTP until Ctrl-C."
    needs_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8100, metavar="N", help="0: any free port")
        parser.add_argument("--host", default="127.0.0.1", help="default: only this machine")
        parser.add_argument("--preset", choices=("tiny", "course", "school"), default="tiny")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="which world")
        parser.add_argument(
            "--token", action="append", default=[], metavar="T", help="accept only this token"
        )
        parser.add_argument("--latency-ms", type=float, default=0.0, metavar="MS")
        parser.add_argument("--no-throttle", action="store_true", help="no rate limit")
        parser.add_argument("--json", action="store_true", help="say what is served as JSON")

    def work(self, **options: Any) -> Exit:
        self._as_json = bool(options["json"])
        try:
            simulator.run(
                options["preset"],
                options["port"],
                host=options["host"],
                seed=options["seed"],
                tokens=tuple(options["token"]),
                latency_s=options["latency_ms"] / 1000,
                throttle=not options["no_throttle"],
                on_ready=self._say_ready,
            )
        except (OSError, OverflowError) as error:
            raise usage(
                f"cannot listen on {options['host']} port {options['port']}: {error}",
                next_step="choose another --port, or 0 for any free one",
            ) from error
        return Exit.DONE

    def _say_ready(self, canvas: simulator.Canvas) -> None:
        served = canvas.describe()
        if self._as_json:
            self.stdout.write(json.dumps(served))
        else:
            courses = served["courses"]
            more = f" and {len(courses) - 3} more" if len(courses) > 3 else ""
            names = ", ".join(f"{one['id']} {one['name'][:40]}" for one in courses[:3])
            self.stdout.write(f"Simulated Canvas at {served['url']} ({served['preset']})")
            self.stdout.write(f"  courses  {names}{more}")
            self.stdout.write(f"  token    {served['token']}")
            self.stdout.write(
                f"  sync     CANVAS_URL={served['url']} CANVAS_TOKEN=t CANVAS_ALLOW_INSECURE=1 "
                f"manage.py sync_course {courses[0]['id']}"
            )
            self.stdout.write("  end      Ctrl-C")
        self.stdout.flush()
