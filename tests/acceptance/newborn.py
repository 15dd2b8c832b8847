"""The warm process of the nursery, and how a child of it becomes a command of its own.

Its batches are of fewer pages, so that the listings of a small course are of several.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import socket
import sys
import traceback
from contextlib import suppress
from typing import Any, NoReturn

import django
from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils.functional import empty

# What commands load when they are first used; the rest comes with the commands and their models.
_LIBRARIES = (
    "anyio._backends._asyncio",
    "anyio.abc",
    "canvasapi",
    "celery.app",
    "django.contrib.auth.hashers",
    "django.core.serializers.json",
    "django.core.management.commands.dumpdata",
    "django.core.management.commands.migrate",
    "django.core.management.commands.shell",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "psycopg_pool",
    "rich._emoji_codes",
    "rich.progress",
    "rich.table",
    "sync.digest",
)
PAGES_PER_BATCH = 10


def serve(orders: socket.socket) -> None:
    """Fork a child for each order, whose streams come before it; answer with its number."""
    while True:
        size, streams, _, _ = socket.recv_fds(orders, 4, 4)
        if not size:
            return
        order = json.loads(orders.recv(int.from_bytes(size), socket.MSG_WAITALL))
        told, tell = os.pipe()
        if os.fork() == 0:
            orders.close()
            os.close(told)
            _watch(order, streams, tell=tell)
        for number in (*streams, tell):
            os.close(number)
        with open(told, "rb") as pid:
            orders.sendall(pid.read())
        _reap()


def _warm() -> None:
    """Every module a command may want, read once; none of them keeps what a setting says."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings.base"
    django.setup()
    from sync import batching

    batching.PAGES_PER_BATCH = PAGES_PER_BATCH  # type: ignore[misc]
    from management.management import commands

    for found in pkgutil.iter_modules(commands.__path__, f"{commands.__name__}."):
        importlib.import_module(found.name)
    for name in _LIBRARIES:
        importlib.import_module(name)
    MigrationLoader(None)
    gc.collect()
    gc.freeze()


def _watch(order: dict[str, Any], streams: list[int], *, tell: int) -> NoReturn:
    """Between the warm process and the command, to see the end of it."""
    *standard, status = streams
    child = os.fork()
    if child == 0:
        os.close(status)
        os.close(tell)
        _become(order, standard)
    for number in standard:
        os.close(number)
    os.write(tell, f"{child}\n".encode())
    os.close(tell)
    _, ended = os.waitpid(child, 0)
    with suppress(BrokenPipeError):
        os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(order: dict[str, Any], streams: list[int]) -> NoReturn:
    """The command, to its end."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["manage.py", *order["arguments"]]
    _limit(**order["limits"])
    _forget_settings()
    from manage import main

    code: object = 1
    try:
        main(sys.argv)
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  the child ends here, and says why as Python does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def _forget_settings() -> None:
    """Whoever asks for a setting now reads the environment of this process, and may be refused."""
    del sys.modules["settings.base"]
    settings._wrapped = empty
    for opened in connections.all(initialized_only=True):
        assert opened.connection is None, "a command would share the connection of another"
        del connections[opened.alias]
    connections._settings = None  # type: ignore[attr-defined]
    vars(connections).pop("settings", None)


class _Hasty(asyncio.DefaultEventLoopPolicy):
    """Loops in which one sleeps for a part of the time. What sleeps before still wakes before."""

    def __init__(self, haste: float) -> None:
        super().__init__()
        self.haste = haste

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        call_later, haste = loop.call_later, self.haste
        loop.call_later = lambda delay, *given, **named: call_later(  # type: ignore[method-assign]
            delay / haste, *given, **named
        )
        return loop


def _limit(dies_after_s: float = 0, file_bytes: float = 0, haste: float = 1) -> None:
    if dies_after_s:
        signal.setitimer(signal.ITIMER_REAL, dies_after_s)  # nobody handles it: as good as a kill
    if file_bytes:
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_bytes), most))
    if haste != 1:
        asyncio.set_event_loop_policy(_Hasty(haste))


if __name__ == "__main__":
    _warm()
    serve(socket.socket(fileno=int(sys.argv[1])))
