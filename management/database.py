"""The database before a command's work: an empty one is set up, an outdated one is refused."""

from __future__ import annotations

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError
from django.db.migrations.executor import MigrationExecutor

from management.errors import CommandStopped
from management.exits import Exit
from sync.report import ErrorReport
from workers.wiring import database_error


def prepare_database() -> bool:
    """True when an empty database was set up. Raises CommandStopped.

    Only an empty database is migrated: what has tables may be in use by another version.
    """
    try:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not missing:
            return False
        if executor.loader.applied_migrations:
            raise _outdated(len(missing))
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as failure:
        report = database_error(failure)
        raise CommandStopped(
            ErrorReport(
                code=report.code,
                cause=report.cause,
                effect="nothing was started",
                next_step=report.next_step,
            ),
            exit_code=Exit.FAILED,
        ) from failure
    return True


def _outdated(missing: int) -> CommandStopped:
    return CommandStopped(
        ErrorReport(
            code="database_outdated",
            cause=f"the database lacks {missing} migration{'s' if missing > 1 else ''}",
            effect="nothing was started",
            next_step="run 'manage.py migrate'",
        ),
        exit_code=Exit.FAILED,
    )
