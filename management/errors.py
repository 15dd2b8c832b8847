"""What stops a command without a result: said in one line, with the exit code it means."""

from __future__ import annotations

from django.db import Error as DatabaseError

from canvas.errors import CanvasError
from management.exits import Exit, exit_of_code
from sync.report import ErrorReport
from workers.database_failure import database_error


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


def no_such_run(run_id: int) -> CommandStopped:
    return usage(f"there is no run {run_id}", next_step="see 'manage.py runs list'")


def interrupted() -> CommandStopped:
    """Ctrl-C where nothing could end gracefully any more."""
    return CommandStopped(
        ErrorReport(
            code="interrupted",
            cause="stopped at once",
            effect="the batch under way was finished or taken back as a whole; what was written "
            "before it stays",
            next_step="run the same command again",
        ),
        exit_code=Exit.INTERRUPTED,
    )


def canvas_failed(error: CanvasError, *, effect: str) -> CommandStopped:
    """Canvas, or the way to it, does not do what the command needs."""
    return CommandStopped(ErrorReport.of(error, effect=effect), exit_code=exit_of_code(error.code))


def database_failed(failure: DatabaseError | OSError, *, effect: str) -> CommandStopped:
    """The database, or the file it is kept in, cannot be read or written."""
    if isinstance(failure, OSError):
        report = ErrorReport(
            code="database",
            cause=f"the database failed: {failure.strerror}: {failure.filename}",
            effect=effect,
            next_step="check that DATABASE_URL names a place that may be written to",
        )
    else:
        report = database_error(failure, effect=effect)
    return CommandStopped(report, exit_code=exit_of_code(report.code))


def output_failed(failure: BaseException | None) -> CommandStopped:
    """The results cannot be written to stdout."""
    said = failure.strerror if isinstance(failure, OSError) else failure
    return CommandStopped(
        ErrorReport(
            code="output",
            cause=f"the result could not be written to stdout: {said}",
            effect="the work itself was done",
            next_step="write to a place with room; 'manage.py runs list' says what was done",
        ),
        exit_code=Exit.FAILED,
    )
