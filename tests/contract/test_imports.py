"""The import rules hold, and planted violations are noticed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import clean_environment
from tests.contract.source import PACKAGES, ROOT

_LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
PLANTED = {
    "canvas/planted.py": "def f():\n    import sync.models",
    "sync/planted.py": "import workers",
    "workers/planted.py": "import management",
    "workers/settled.py": "import settings.env",
    "sync/queued.py": "import celery",
    "canvas/client/planted.py": "import canvas.models",
    "canvas/client/timed.py": "import django.utils.timezone",
    "sync/transform/planted.py": "import django.utils.timezone",
    "simulator/planted.py": "import canvas.errors",
    "settings/planted.py": "import simulator",
    "management/planted.py": "import tests.command",
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _LINT], cwd=folder, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """What the linter says of a copy of the product with every violation planted."""
    copy = tmp_path_factory.mktemp("product")
    for package in (*PACKAGES, "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    for file, line in PLANTED.items():
        (copy / file).write_text(f'"""Planted."""\n\n{line}\n', encoding="utf-8")
    return lint(copy)


def test_the_product_keeps_its_import_rules(verdict: subprocess.CompletedProcess[str]) -> None:
    """Of all that is refused, every chain of imports begins in a planted file."""
    begins = set(re.findall(r"^ *- +([\w.]+) -> ", verdict.stdout, re.MULTILINE))
    planted = {file.removesuffix(".py").replace("/", ".") for file in PLANTED}
    assert begins, verdict.stdout + verdict.stderr
    assert begins <= planted


@pytest.mark.parametrize("file", PLANTED)
def test_a_planted_violation_is_refused(
    verdict: subprocess.CompletedProcess[str], file: str
) -> None:
    assert verdict.returncode == 1, verdict.stdout
    assert f"{file.removesuffix('.py').replace('/', '.')} ->" in verdict.stdout


def test_a_sync_by_command_does_not_load_celery_and_its_workers_find_the_app() -> None:
    load = "import django; django.setup(); import management.management.commands.sync_course"
    check = "import sys; assert 'celery' not in sys.modules; from workers import app"
    code = f"{load}; {check}; import workers; assert workers.app is app; print(app.main)"
    environment = clean_environment(DJANGO_SETTINGS_MODULE="settings.base")
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert said.stdout == "workers\n", said.stderr
