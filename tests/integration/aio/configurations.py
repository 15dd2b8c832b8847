"""The ways of connecting that are tested, and one run of all cases for each of them."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dj_database_url
from django.conf import settings

from tests.command import ROOT, clean_environment
from tests.servers import fresh_database

THE_END = "the process ends well, and says nothing of errors nobody has seen"
_TIMEOUT_S = 300
_POOL = {"min_size": 18, "max_size": 18, "timeout": 20}
_SQLITE = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
}


def vendor() -> str:
    """The database of this pass: each pass tests its own, so none is tested twice."""
    engine = str(settings.DATABASES["default"]["ENGINE"])
    return "sqlite" if engine.endswith("sqlite3") else "postgresql"


# Eager tasks came with Python 3.12; on 3.11 the same connections are used without them.
_KEPT = "eager" if hasattr(asyncio, "eager_task_factory") else "kept"
CONFIGURATIONS = (_KEPT, "closed") if vendor() == "sqlite" else (_KEPT, "closed", "pool")


class Reports:
    """What the cases of each configuration came to; the first who asks runs them.

    Processes of one parallel test run share the answers: `folder` is theirs together.
    """

    def __init__(self, folder: Path, *, server_url: Callable[[], str]) -> None:
        self._folder, self._server_url = folder, server_url
        self._known: dict[str, dict[str, str | None]] = {}

    def of(self, configuration: str) -> dict[str, str | None]:
        """Shape: name of the case → its failure, or None."""
        if configuration not in self._known:
            self._known[configuration] = self._run_or_read(configuration)
        return self._known[configuration]

    def _run_or_read(self, configuration: str) -> dict[str, str | None]:
        report = self._folder / f"{configuration}.jsonl"
        with open(self._folder / f"{configuration}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not report.exists():
                report.write_text(self._run(configuration))
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        return {line["case"]: line["failure"] for line in lines}

    def _run(self, configuration: str) -> str:
        """Shape: lines of JSON. The process's last words stand for the cases it did not come to."""
        with ExitStack() as databases:
            asked = {
                "vendor": vendor(),
                "eager": configuration == "eager",
                "databases": self._databases(configuration, databases),
            }
            answer = subprocess.run(
                [sys.executable, "-W", "error::RuntimeWarning", "-m", f"{__package__}.standalone"],
                input=json.dumps(asked),
                cwd=ROOT,
                env=clean_environment(),
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
            )
        ended_well = answer.returncode == 0 and "Traceback" not in answer.stderr
        told = max(0, answer.stderr.find("Traceback") - 500)  # what it is about stands before it
        said = answer.stderr[told:][:4000]
        failure = None if ended_well else f"exit status {answer.returncode}: {said}"
        return answer.stdout + json.dumps({"case": THE_END, "failure": failure}) + "\n"

    def _databases(self, configuration: str, stack: ExitStack) -> dict[str, Any]:
        age = 0 if configuration in ("closed", "pool") else None
        made = {
            alias: self._entry(alias, stack, configuration) | {"CONN_MAX_AGE": age}
            for alias in ("default", "other")
        }
        broken = {"NAME": os.devnull + "/none", "PORT": "1"}
        plain = made["default"] | {"OPTIONS": dict(made["default"]["OPTIONS"])}
        plain["OPTIONS"].pop("pool", None)
        return made | {"broken": plain | broken}

    def _entry(self, alias: str, stack: ExitStack, configuration: str) -> dict[str, Any]:
        if vendor() == "sqlite":
            file = self._folder / f"{configuration}-{alias}.sqlite3"
            engine = "django.db.backends.sqlite3"
            return {"ENGINE": engine, "NAME": str(file), "OPTIONS": dict(_SQLITE)}
        url = stack.enter_context(fresh_database(self._server_url()))
        entry: dict[str, Any] = dict(dj_database_url.parse(url, conn_health_checks=True))
        options: dict[str, Any] = {"application_name": "canvas-mirror"}
        if configuration == "pool" and alias == "default":
            options["pool"] = _POOL
        return entry | {"OPTIONS": options}
