"""The pytest plugin for users whose tests run under pytest-asyncio or anyio."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT, clean_environment
from tests.integration.aio.configurations import vendor

INI = "[pytest]\nDJANGO_SETTINGS_MODULE = settings.test\n{mode}\n"
RUNNERS = {"asyncio": "asyncio_mode = auto", "anyio": "anyio_mode = auto"}
BACKEND = '\nimport pytest\n\n\n@pytest.fixture\ndef anyio_backend():\n    return "asyncio"\n'
PLUGIN = 'pytest_plugins = ["canvas.models.aio.testing"]\n'


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    kind = "sqlite" if vendor() == "sqlite" else "postgres"
    return str(request.getfixturevalue(f"{kind}_url"))


def run_users_tests(
    folder: Path, *, runner: str, plugin: str, address: str, only: str = ""
) -> subprocess.CompletedProcess[str]:
    """A project of its own, so that nothing of our own test set-up is in it."""
    shutil.copy(Path(__file__).with_name("users_tests.py"), folder / "test_users.py")
    (folder / "conftest.py").write_text(plugin + BACKEND)
    (folder / "pytest.ini").write_text(INI.format(mode=RUNNERS[runner]))
    other = next(name for name in RUNNERS if name != runner)
    without = [word for name in (other, "xdist", "cacheprovider") for word in ("-p", f"no:{name}")]
    # Without migrations the tables are the same, and made in a moment.
    command = ["-m", "pytest", "-q", "--nomigrations", *without]
    return subprocess.run(
        [sys.executable, *command, "-k", only, "--rootdir", str(folder), str(folder)],
        env=clean_environment(DATABASE_URL=address, PYTHONPATH=str(ROOT)),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("runner", RUNNERS)
def test_ordinary_tests_of_users_pass(tmp_path: Path, runner: str, address: str) -> None:
    answer = run_users_tests(tmp_path, runner=runner, plugin=PLUGIN, address=address)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "7 passed" in answer.stdout


def test_without_the_plugin_they_do_not_see_their_fixtures(tmp_path: Path, address: str) -> None:
    only = "test_a_session_stays_in_the_transaction_of_the_test"
    answer = run_users_tests(tmp_path, runner="asyncio", plugin="", address=address, only=only)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "assert 0 == 1" in answer.stdout
