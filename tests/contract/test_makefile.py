"""The targets of the Makefile, and how set-up refuses a machine it cannot use."""

import subprocess
from pathlib import Path

import pytest

from tests.command import clean_environment
from tests.contract.source import ROOT


def run(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(**changes),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("target", ["demo", "setup", "sync", "test", "test-fast", "check", "help"])
def test_make_lists_its_targets(target: str) -> None:
    assert f"make {target} " in run("make").stdout


def test_a_missing_interpreter_is_named_with_the_next_step() -> None:
    answer = run("sh", ".ci/setup", PYTHON="/nowhere/python3")
    assert answer.returncode == 1
    assert answer.stderr.startswith("setup: /nowhere/python3 was not found. Install Python 3.11")
    assert len(answer.stderr.splitlines()) == 1


def test_an_old_interpreter_is_named_with_its_version(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2\n', encoding="ascii")
    old.chmod(0o755)
    answer = run("sh", ".ci/setup", PYTHON=str(old))
    assert answer.returncode == 1
    assert f"{old} is Python 3.9.2" in answer.stderr


def test_an_interpreter_without_venv_is_named_with_the_next_step(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text(f'#!/bin/sh\n[ "$2" = "import ensurepip, venv" ] && exit 1\necho {bare}\n')
    bare.chmod(0o755)
    answer = run("sh", ".ci/setup", PYTHON=str(bare))
    assert answer.returncode == 1
    assert f"setup: {bare} has no venv. Install it" in answer.stderr
