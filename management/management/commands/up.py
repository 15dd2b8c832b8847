"""manage.py up: web, workers and beat of one machine under one parent."""

from __future__ import annotations

import asyncio
import os
from argparse import ArgumentTypeError
from contextlib import nullcontext
from typing import Any, Final

from django.core.management.base import CommandParser
from django.db import connections

from canvas.models import CanvasIntegration
from management.command import OperatorCommand
from management.database import prepare_database
from management.exits import Exit
from management.up import asking, simulated
from management.up.order import (
    UpOrder,
    is_simulators_database,
    refuse_open_pages,
    simulators_database,
    wants_simulator,
)
from management.up.output import named_lines, wants_colour
from sync.report import SCHEMA

_MOST_BY_DEFAULT: Final = 4
_MOST: Final = 64


class Command(OperatorCommand):
    help = (
        "Run web, workers and beat of this machine until Ctrl-C, with a Redis-compatible server "
        "when REDIS_URL is unset, and with a simulated Canvas when no real one is known."
    )
    needs_database = False  # which one it is, is found out first

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="default: only this machine")
        parser.add_argument("--port", type=_port, default=8000, metavar="N", help="default: 8000")
        parser.add_argument(
            "--workers",
            type=_processes,
            default=min(os.cpu_count() or 1, _MOST_BY_DEFAULT),
            metavar="N",
            help=f"processes that sync (default: one a processor, at most {_MOST_BY_DEFAULT})",
        )
        canvas = parser.add_mutually_exclusive_group()
        canvas.add_argument(
            "--simulator", action="store_true", default=None, help="the bundled simulated Canvas"
        )
        canvas.add_argument(
            "--no-simulator",
            action="store_false",
            dest="simulator",
            help="refuse to start without a Canvas",
        )
        parser.add_argument("--json", action="store_true", help="say what is up as JSON")

    def work(self, **options: Any) -> Exit:
        asked = UpOrder(**{name: options[name] for name in UpOrder.__dataclass_fields__})
        asking.refuse_taken(asked.host, asked.port)
        is_simulated = wants_simulator(asked)
        if is_simulated and (changes := simulated.pending_changes()):
            connections.close_all()
            self._say_simulated()
            simulated.begin_again(changes)
        self._as_json, self._is_simulated = bool(options["json"]), is_simulated
        with simulated.new_mirror() if is_simulated else nullcontext():
            if not is_simulated:
                refuse_open_pages(asked)
                prepare_database()
            connections.close_all()
            return self._run(asked)

    def _run(self, order: UpOrder) -> Exit:
        from management.up import running  # not needed by a command that begins again

        self._order = order
        lines = named_lines(
            lambda line: self.stderr.write(line, style_func=str), colour=wants_colour()
        )
        ears = running.Ears(say=lines, note=self.note, is_up=self._say_up)
        return asyncio.run(running.run(order, ears=ears))

    def _say_simulated(self) -> None:
        self.note("no real Canvas is asked: this is a simulated one, its people are invented,")
        self.note("and its mirror begins anew each time. With your own Canvas:")
        self.note("  CANVAS_URL=https://school.instructure.com CANVAS_TOKEN=… manage.py up")

    def _say_up(self, integrations: list[CanvasIntegration]) -> None:
        if self._as_json:
            self.show_json(self._document(integrations))
        else:
            self._show(integrations)
        self.stdout.flush()

    def _document(self, integrations: list[CanvasIntegration]) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "state": "up",
            "url": self._order.url,
            "simulated": self._is_simulated,
            "integrations": [
                {"name": one.name, "canvas": one.base_url, "webhook": self._order.webhook(one)}
                for one in integrations
            ],
        }

    def _show(self, integrations: list[CanvasIntegration]) -> None:
        kind = "a simulated Canvas" if self._is_simulated else "Canvas"
        self.stdout.write(f"The mirror of {kind} is up at {self._order.url}")
        for one in integrations:
            self.stdout.write(f"  {one.name:<9} {one.base_url}")
            self.stdout.write(f"  {'':<9} Live Events go to {self._order.webhook(one)}")
        place = simulators_database() if is_simulators_database() else None
        named = f"DATABASE_URL=sqlite:///{place} " if place else ""
        self.stdout.write(f"  {'look':<9} {named}.venv/bin/python manage.py freshness")
        self.stdout.write(f"  {'logs':<9} here, on stderr; LOG_LEVEL=WARNING for less")
        self.stdout.write(f"  {'end':<9} Ctrl-C")


def _port(text: str) -> int:
    return _number(text, least=1, most=65_535)


def _processes(text: str) -> int:
    return _number(text, least=1, most=_MOST)


def _number(text: str, *, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ArgumentTypeError(f"{text[:20]!r} is no whole number from {least} to {most}")
    return int(text)
