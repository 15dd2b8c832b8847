"""Commands started quickly: children of a warm process that has the libraries and nothing of ours.

Each child reads its own environment and opens its own connections, as a fresh process does.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from tests.command import ROOT, clean_environment

# What takes the time of a start. None of it looks at the environment when it is imported.
_LIBRARIES = (
    *(
        "asgiref.sync",
        "celery",
        "cryptography.fernet",
        "httpx",
        "msgspec",
        "psycopg",
        "psycopg_pool",
    ),
    *(
        "psycopg_pool",
        "rich.console",
        "rich.progress",
        "rich.table",
        "sqlite3",
        "structlog",
        "tenacity",
    ),
    *("django.contrib.admin.sites", "django.contrib.auth.hashers", "django.core.management"),
    *("django.db.backends.postgresql.base", "django.db.backends.sqlite3.base"),
    *("django.db.migrations.executor", "django.db.models", "django.forms", "django.template"),
)

_PATIENCE_S = 120.0


class Nursery:
    """Starts one command after the other."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder = process, folder

    def run(
        self, arguments: list[str], environment: dict[str, str], *, stdin: str = "", **limits: float
    ) -> Any:
        """(exit code, stdout, stderr); the code is negative for a signal.

        `environment` is that of the product, beside what else there is. `limits`: `dies_after_s`
        ends it without warning, `file_bytes` is the most a file may have.
        """
        named = clean_environment(**environment)
        order: dict[str, Any] = {"arguments": arguments, "environment": named}
        order["limits"] = {"dies_after_s": _PATIENCE_S} | limits
        order["files"] = [str(self._folder / name) for name in ("stdin", "stdout", "stderr")]
        Path(order["files"][0]).write_text(stdin)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return code, *(Path(name).read_text() for name in order["files"][1:])


@contextmanager
def open_nursery(folder: Path) -> Iterator[Nursery]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.nursery"],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Nursery(process, folder)
        process.kill()


def _serve() -> None:
    for name in _LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(order: dict[str, Any]) -> NoReturn:
    """The command, to its end."""
    for number, name in enumerate(order["files"]):
        file = os.open(name, os.O_RDWR | os.O_CREAT | (os.O_TRUNC if number else 0), 0o600)
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["manage.py", *order["arguments"]]
    _limit(**order["limits"])
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


def _limit(dies_after_s: float = 0, file_bytes: float = 0) -> None:
    if dies_after_s:
        signal.setitimer(signal.ITIMER_REAL, dies_after_s)  # nobody handles it: as good as a kill
    if file_bytes:
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_bytes), most))


if __name__ == "__main__":
    _serve()
