"""The interpreter ends although threads of the pool idle, or one is in the middle of a block."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.command import ROOT, clean_environment

_SET_UP = """
import asyncio, json, sys, threading
from tests.integration.aio.standalone.__main__ import make_tables, set_up
set_up(json.load(sys.stdin))
from canvas.models import CanvasTerm
from django.db import transaction
make_tables()

async def hold(inside):
    async with transaction.atomic():
        await CanvasTerm.objects.acreate(name="row")
        inside.set()
        await asyncio.sleep(HOW_LONG)

inside = threading.Event()
"""
_IDLE = _SET_UP.replace("HOW_LONG", "0") + "asyncio.run(hold(inside))\n"
_IN_A_BLOCK = _SET_UP.replace("HOW_LONG", "600") + (
    "threading.Thread(target=asyncio.run, args=(hold(inside),), daemon=True).start()\n"
    "assert inside.wait(20)\n"
)


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Fails by its timeout if the process does not end."""
    engine = "django.db.backends.sqlite3"
    databases = {
        alias: {"ENGINE": engine, "NAME": str(folder / f"{alias}.sqlite3")}
        for alias in ("default", "other")
    }
    return subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(databases),
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_process_with_idle_threads_ends(tmp_path: Path) -> None:
    answer = run(_IDLE, tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_process_with_an_open_block_ends(tmp_path: Path) -> None:
    answer = run(_IN_A_BLOCK, tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")
