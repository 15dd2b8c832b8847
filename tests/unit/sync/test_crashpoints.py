"""Places to be killed at: only listed ones, only when asked, and at the time that was asked for."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys

import pytest
from pytest_django.fixtures import Settings

from sync.crashpoints import CRASH_POINTS, crashpoint
from tests.command import ROOT, clean_environment
from tests.contract.source import modules

_PROGRAM = """
import django
django.setup()
from sync.crashpoints import crashpoint
for time in (1, 2, 3):
    crashpoint("keys.rotate.committed")
    crashpoint("keys.rotate.row")
    print(time, flush=True)
"""


def run(crash_at: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(DJANGO_SETTINGS_MODULE="settings.base", CRASH_AT=crash_at)
    command = [sys.executable, "-c", _PROGRAM]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("time", [1, 3])
def test_the_process_is_killed_at_the_time_that_was_asked_for(time: int) -> None:
    ended = run(f"keys.rotate.row:{time}")
    assert ended.returncode == -signal.SIGKILL
    assert len(ended.stdout.splitlines()) == time - 1


def test_a_time_that_never_comes_kills_nothing() -> None:
    assert run("keys.rotate.row:4").returncode == 0


def test_a_place_that_is_not_listed_is_refused(settings: Settings) -> None:
    with pytest.raises(LookupError, match=r"nowhere is not in CRASH_POINTS"):
        crashpoint("nowhere")
    settings.CRASH_AT = ("nowhere", 1)
    with pytest.raises(LookupError, match=r"nowhere is not in CRASH_POINTS"):
        crashpoint("keys.rotate.row")


def test_every_listed_place_is_in_the_code_once() -> None:
    packages = ("canvas", "sync", "workers", "management")
    calls = [name for _path, tree in modules(*packages) for name in crash_points_in(tree)]
    assert sorted(calls) == sorted(CRASH_POINTS)


def crash_points_in(tree: ast.AST) -> list[str]:
    return [
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "crashpoint"
        and isinstance(node.args[0], ast.Constant)
    ]
