"""What stops a command before it has begun: said in one line, with the exit code it means."""

from __future__ import annotations

from management.exits import Exit
from sync.report import ErrorReport


class CommandStopped(Exception):
    """Carries the report and the exit code."""

    def __init__(self, report: ErrorReport, *, exit_code: Exit) -> None:
        super().__init__(str(report))
        self.report = report
        self.exit_code = exit_code


def usage(cause: str, *, next_step: str) -> CommandStopped:
    """The command was called, or the environment set, in a way that cannot work."""
    return CommandStopped(
        ErrorReport(code="usage", cause=cause, effect="nothing was started", next_step=next_step),
        exit_code=Exit.USAGE,
    )


def interrupted() -> CommandStopped:
    """Ctrl-C where nothing could end gracefully any more."""
    return CommandStopped(
        ErrorReport(
            code="interrupted",
            cause="stopped at once",
            effect="what was being written was taken back; what was written before it stays",
            next_step="run the same command again",
        ),
        exit_code=Exit.INTERRUPTED,
    )
