"""The database before a command's work: an empty one is set up, an outdated one is refused."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from management.errors import CommandStopped, database_failed
from management.exits import Exit
from management.setting_up import turn
from sync.report import ErrorReport


def prepare_database() -> bool:
    """True when this call has set an empty database up. Raises CommandStopped.

    Only an empty database is migrated: what has tables may be in use by another version. Whether
    it is empty is asked again when no other command can be setting it up.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        if not _is_new_file(connection) and is_up_to_date(connection):
            return False
        with turn(connection):
            return _set_up(connection)
    except (DatabaseError, OSError) as failure:
        raise database_failed(failure, effect="nothing was started") from failure


def is_up_to_date(connection: BaseDatabaseWrapper) -> bool:
    """By their names, where each is applied; otherwise by what Django finds in them."""
    applied = MigrationRecorder(connection).applied_migrations()
    return applied.keys() >= set(migrations_on_disk()) or not _missing(
        MigrationExecutor(connection)
    )


def migrations_on_disk() -> Iterator[tuple[str, str]]:
    """App and name of every migration; loading them takes longer than most of a small sync."""
    for app in apps.get_app_configs():
        place, _is_our_choice = MigrationLoader.migrations_module(app.label)
        try:
            package = import_module(place) if place else None
        except ModuleNotFoundError:
            continue
        for module in iter_modules(getattr(package, "__path__", ())):
            if not module.ispkg and module.name[0] not in "_~":
                yield app.label, module.name


def _set_up(connection: BaseDatabaseWrapper) -> bool:
    executor = MigrationExecutor(connection)
    missing = _missing(executor)
    if not missing:
        return False
    if executor.loader.applied_migrations:
        raise _outdated(missing)
    call_command("migrate", verbosity=0, interactive=False)
    return True


def _missing(executor: MigrationExecutor) -> int:
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _is_new_file(connection: BaseDatabaseWrapper) -> bool:
    """An SQLite file that is not there yet: the first to open it must be alone."""
    if connection.vendor != "sqlite":
        return False
    file = Path(connection.settings_dict["NAME"])
    return not file.exists() or (file.is_file() and file.stat().st_size == 0)


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
