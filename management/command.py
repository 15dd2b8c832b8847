"""What the operator's commands share: one line for an error, one JSON document, the exit code."""

from __future__ import annotations

import json
import sys
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any, NoReturn, cast

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from rich.console import Console

from canvas.errors import CanvasError
from management.database import prepare_database
from management.errors import (
    CommandStopped,
    canvas_failed,
    database_failed,
    interrupted,
    output_failed,
    usage,
)
from management.exits import Exit
from management.output import OutputFailedError, Results
from sync.models import Run
from sync.report import SCHEMA, ErrorReport

_EFFECT = "nothing more was done; what was written before stays"


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
            self._guard_output()
            stopped = usage(message, next_step=next_step)
            sys.exit(self._stopped(stopped, options={"json": _json_wanted()}))

        parser.error = refuse  # type: ignore[method-assign]
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        self._guard_output()
        try:
            exit_code = self._to_its_end(**options)
        except CommandStopped as stopped:
            exit_code = self._stopped(stopped, options=options)
        if exit_code is not Exit.DONE:
            sys.exit(int(exit_code))

    def _guard_output(self) -> None:
        wrapper: Any
        for wrapper in (self.stdout, self.stderr):
            if not isinstance(wrapper._out, Results):
                wrapper._out = Results(wrapper._out)

    def _to_its_end(self, **options: Any) -> Exit:
        """Raises CommandStopped for everything that is no bug."""
        try:
            if self.needs_database and prepare_database() and sys.stderr.isatty():
                self.note("the database was empty: its tables were made")
            exit_code = self.work(**options)
            self.stdout.flush()
        except KeyboardInterrupt as end:
            raise interrupted() from end
        except DatabaseError as failure:
            raise database_failed(failure, effect=_EFFECT) from failure
        except CanvasError as failure:
            raise canvas_failed(failure, effect=_EFFECT) from failure
        except OutputFailedError as failure:
            raise output_failed(failure.__cause__) from failure
        return exit_code

    def note(self, text: str) -> None:
        """One line for the person at the terminal."""
        self.stderr.write(f"{self.name}: {text}", style_func=str)

    def show_json(self, document: Any) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False))

    def console(self) -> Console:
        """For tables on stdout; NO_COLOR and TERM=dumb are respected."""
        return Console(file=cast("IO[str]", self.stdout._out), highlight=False, emoji=False)

    @property
    def name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def _stopped(self, stopped: CommandStopped, *, options: Mapping[str, Any]) -> Exit:
        report = stopped.report
        self.note(f"{report.cause}; next: {report.next_step}")
        if options.get("json"):
            # Said or not: the exit code tells.
            with suppress(OutputFailedError):
                self.show_json(self.failure(report, options=options))
                self.stdout.flush()
        return stopped.exit_code

    def failure(self, error: ErrorReport, *, options: Mapping[str, Any]) -> Any:
        """The JSON document of a command that did not get as far as a result.

        `options` are empty but for `json` when the command line itself was wrong.
        """
        return {"schema": SCHEMA, "state": str(state_of(error)), "error": asdict(error)}


def state_of(error: ErrorReport) -> Run.State:
    """The state of what an error ended before it was a run."""
    return Run.State.INTERRUPTED if error.code == "interrupted" else Run.State.FAILED


def _json_wanted() -> bool:
    return "--json" in sys.argv
