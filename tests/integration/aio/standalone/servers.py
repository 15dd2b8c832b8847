"""What is open at the operating system and at the server, counted from aside."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import Any

import psycopg
from asgiref.sync import SyncToAsync
from django.db import connections

from tests.integration.aio.standalone.ground import is_postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThings:
    threads: int
    files: int
    server_connections: int


def _address() -> dict[str, Any]:
    entry = connections.settings["default"]
    return {
        "host": entry["HOST"],
        "port": entry["PORT"],
        "user": entry["USER"],
        "password": entry["PASSWORD"],
        "dbname": entry["NAME"],
        "autocommit": True,
    }


async def connect_aside() -> psycopg.AsyncConnection[Any]:
    """A connection that Django knows nothing of."""
    return await psycopg.AsyncConnection.connect(**_address())


def open_things() -> OpenThings:
    """Files are counted where the system lists them, on Linux and macOS."""
    return OpenThings(
        threads=threading.active_count(),
        files=len(os.listdir("/dev/fd")),
        server_connections=_server_connections() if is_postgres() else 0,
    )


def close_around() -> None:
    """The connections outside of all blocks. While one is open, SQLite keeps the files of others
    that were closed beside its locks, to close or use them later: one more or less is no leak."""
    connections.close_all()
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


def settled_things() -> OpenThings:
    """Once nothing is on its way out any more: a connection that interrupted a statement, say."""
    close_around()
    known, readings = open_things(), 1
    while readings < 3:
        time.sleep(0.2)
        now = open_things()
        known, readings = now, readings + 1 if now == known else 1
    return known


def _server_connections() -> int:
    with psycopg.connect(**_address()) as aside:
        found = aside.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchone()
    return int(found[0]) if found else 0
