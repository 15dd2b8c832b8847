"""The bundled simulator as the Canvas of `up`, where no real one is known.

Its world begins anew each time, and goes back in time with it; so the mirror begins anew as well,
in a database of its own.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError

from canvas.models import CanvasIntegration
from management.database import is_up_to_date, prepare_database
from management.errors import CommandStopped
from management.exits import Exit
from management.up.asking import free_port
from management.up.child import Child
from management.up.order import (
    LOCAL,
    SIMULATOR,
    UpOrder,
    is_default_database,
    is_simulators_database,
    simulators_database,
)
from sync.report import ErrorReport

_CHANGE_EVERY_S: Final = 20
_TOKEN: Final = "simulated"


def pending_changes() -> dict[str, str | None]:
    """What of our environment must be otherwise beside the simulator; empty when all is so."""
    changes: dict[str, str | None] = {}
    if settings.SETTINGS_MODULE != LOCAL:
        changes["DJANGO_SETTINGS_MODULE"] = LOCAL
    if not settings.CANVAS_ALLOW_INSECURE:
        changes["CANVAS_ALLOW_INSECURE"] = "1"
    if settings.CANVAS_URL or settings.CANVAS_TOKEN:
        changes |= {"CANVAS_URL": None, "CANVAS_TOKEN": None}
    if is_default_database():
        changes["DATABASE_URL"] = f"sqlite:///{simulators_database()}"
    return changes


def begin_again(changes: dict[str, str | None]) -> NoReturn:
    """Become this very command in the changed environment: settings are read only once."""
    arguments = sys.orig_argv[1:]
    if "--simulator" not in arguments:
        arguments = [*arguments, "--simulator"]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *arguments], settings.ENVIRONMENT_WITH(changes))


@contextmanager
def new_mirror() -> Iterator[None]:
    """A database with no simulated row; the simulator's own one is ours alone meanwhile.

    Raises CommandStopped.
    """
    with _alone() if is_simulators_database() else nullcontext():
        if is_simulators_database() and not _is_of_this_version():
            for ending in ("", "-wal", "-shm"):
                Path(f"{simulators_database()}{ending}").unlink(missing_ok=True)
        prepare_database()
        CanvasIntegration.objects.filter(name=SIMULATOR).delete()
        yield


def _is_of_this_version() -> bool:
    """Making the tables takes longer than emptying them."""
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        return is_up_to_date(connection)
    except DatabaseError:
        return False
    finally:
        connection.close()


@contextmanager
def _alone() -> Iterator[None]:
    lock = os.open(simulators_database().with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise _already_running() from None
    try:
        yield
    finally:
        os.close(lock)


def _already_running() -> CommandStopped:
    report = ErrorReport(
        code="already_running",
        cause="the simulator and its mirror are running already",
        effect="nothing was started",
        next_step="end the other 'manage.py up', or name another DATABASE_URL",
    )
    return CommandStopped(report, exit_code=Exit.TRY_LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A simulator on a port of this machine, the same after it was started again."""

    port: int
    integration: CanvasIntegration

    @classmethod
    async def stored(cls) -> Simulated:
        """The integration first: its address is told to the simulator, and its own to that."""
        port = free_port()
        stored = await CanvasIntegration.objects.acreate(
            name=SIMULATOR, base_url=f"http://127.0.0.1:{port}"
        )
        return cls(port=port, integration=stored)

    @property
    def keys_url(self) -> str:
        """Where the keys are that sign its events."""
        return f"{self.integration.base_url}/_simulator/jwks"

    def child(self, order: UpOrder) -> Child:
        command = ("simulate_canvas", "--port", str(self.port), "--json")
        life = (
            "--now",
            "--lively",
            str(_CHANGE_EVERY_S),
            "--events-to",
            order.webhook(self.integration),
        )
        return Child(
            name="canvas",
            command=(sys.executable, str(settings.BASE_DIR / "manage.py"), *command, *life),
            environment=settings.CHILD_ENVIRONMENT(),
            unsaid=('{"url"',),
        )

    async def introduce(self) -> None:
        """Store the token as `connect` does, once the simulator answers. Raises CommandStopped."""
        from management.connecting import ByHand, connect  # canvasapi takes 0.3 s to load

        credential = ByHand(token=_TOKEN)
        integration = self.integration
        await connect(
            integration.name,
            url=integration.base_url,
            account="self",
            credential=credential,
            unsigned_events=None,
        )
