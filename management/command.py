"""What the operator's commands share: one line for an error, one JSON document, the exit code."""

from __future__ import annotations

import json
import sys
from abc import abstractmethod
from typing import IO, Any, NoReturn, cast

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console

from management.database import prepare_database
from management.errors import CommandStopped, interrupted, usage
from management.exits import Exit
from sync.models import Run
from sync.report import SCHEMA, ErrorReport


class OperatorCommand(BaseCommand):
    """A thin command: `work` calls an operation, shows its result and returns the exit code.

    Results go to stdout, everything else to stderr; with --json stdout is one JSON document.
    """

    requires_system_checks = ()
    needs_database = True

    @abstractmethod
    def work(self, **options: Any) -> Exit: ...

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)

        def refuse(message: str) -> NoReturn:
            next_step = f"see '{parser.prog} --help'"
            sys.exit(self._stopped(usage(message, next_step=next_step), as_json=_json_wanted()))

        parser.error = refuse  # type: ignore[method-assign]
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if self.needs_database and prepare_database() and sys.stderr.isatty():
                self.note("the database was empty: its tables were made")
            exit_code = self.work(**options)
        except CommandStopped as stopped:
            exit_code = self._stopped(stopped, as_json=bool(options.get("json")))
        except KeyboardInterrupt:
            exit_code = self._stopped(interrupted(), as_json=bool(options.get("json")))
        if exit_code is not Exit.DONE:
            sys.exit(int(exit_code))

    def note(self, text: str) -> None:
        """One line for the person at the terminal."""
        self.stderr.write(f"{self.name}: {text}", style_func=str)

    def show_json(self, document: Any) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False))

    def console(self) -> Console:
        """For tables on stdout; NO_COLOR and TERM=dumb are respected."""
        return Console(file=cast("IO[str]", self.stdout._out), highlight=False)

    @property
    def name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def _stopped(self, stopped: CommandStopped, *, as_json: bool) -> Exit:
        report = stopped.report
        self.note(f"{report.cause}; next: {report.next_step}")
        if as_json:
            self.show_json(self.failure(report))
        return stopped.exit_code

    def failure(self, error: ErrorReport) -> dict[str, Any]:
        """The JSON document of a command that did not get as far as a result."""
        state = Run.State.INTERRUPTED if error.code == "interrupted" else Run.State.FAILED
        return {"schema": SCHEMA, "state": str(state), "error": _as_json(error)}


def _as_json(error: ErrorReport) -> dict[str, str]:
    return {
        "code": error.code,
        "cause": error.cause,
        "effect": error.effect,
        "next_step": error.next_step,
    }


def _json_wanted() -> bool:
    return "--json" in sys.argv
