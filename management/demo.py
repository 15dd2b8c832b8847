"""The demonstration: the commands a newcomer would type, run for real, and their claims checked."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

Counts = dict[str, dict[str, int]]
_CHANGES = ("created", "updated", "deleted")
_COURSE = "101"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the demonstration plays: a simulator, and the environment of a user of it."""

    url: str
    environment: dict[str, str]

    def manage(self, *arguments: str, say: Callable[[str], None]) -> None:
        """Run `manage.py …`, its output going where ours goes. Raises CalledProcessError."""
        say(f"\n$ manage.py {' '.join(arguments)}")
        subprocess.run(_command(*arguments), env=self.environment, check=True)

    def sync(self) -> tuple[Counts, int]:
        """Sync once more, telling nothing: the counts by resource, and the number of requests."""
        done = subprocess.run(
            _command("sync_course", _COURSE, "--json"),
            env=self.environment,
            check=True,
            capture_output=True,
        )
        report = json.loads(done.stdout)
        counts: Counts = report["resources"]
        return counts, int(report["requests"])

    def change_canvas(self) -> Counts:
        """Have the simulated Canvas change; what a sync must find of it, by resource."""
        request = urllib.request.Request(
            f"{self.url}/_simulator/mutate",
            data=json.dumps({"op": "demo"}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            effects: Counts = json.load(answer)["resources"]
        return effects


def _command(*arguments: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


def _nobody() -> dict[str, str]:
    """The environment of somebody who has set nothing of ours."""
    return {**settings.CHILD_ENVIRONMENT(), "LOG_LEVEL": "WARNING"}


@contextmanager
def stage() -> Iterator[Stage]:
    """A simulator on a free port and an empty folder for the database; both gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="canvas-mirror-demo-"))
    simulator = subprocess.Popen(
        _command("simulate_canvas", "--port", "0", "--json"),
        stdout=subprocess.PIPE,
        env=_nobody(),
    )
    try:
        assert simulator.stdout is not None
        url = json.loads(simulator.stdout.readline())["url"]
        user = {
            "CANVAS_URL": url,
            "CANVAS_TOKEN": "demo",
            "CANVAS_ALLOW_INSECURE": "1",
            "DATABASE_URL": f"sqlite:///{folder}/mirror.sqlite3",
        }
        yield Stage(url=url, environment=_nobody() | user)
    finally:
        simulator.terminate()
        simulator.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


def changes(counts: Counts) -> Counts:
    """Only what was created, updated or deleted, without the zeros."""
    found = {
        resource: {name: numbers[name] for name in _CHANGES if numbers.get(name)}
        for resource, numbers in counts.items()
    }
    return {resource: numbers for resource, numbers in sorted(found.items()) if numbers}


def describe(found: Counts) -> list[str]:
    """One line a resource: `submissions: 2 created, 1 updated`."""
    return [
        f"  {resource}: {', '.join(f'{number} {name}' for name, number in numbers.items())}"
        for resource, numbers in found.items()
    ]


def differences(expected: Counts, found: Counts) -> list[str]:
    """Where a sync did not find what Canvas says it changed."""
    return [
        f"{resource}: Canvas changed {expected.get(resource, {})}, "
        f"the sync found {found.get(resource, {})}"
        for resource in sorted({*expected, *found})
        if expected.get(resource, {}) != found.get(resource, {})
    ]


def play(say: Callable[[str], None]) -> list[str]:
    """First sync, a second with nothing to write, a change, a third that finds just that change.

    Returns what went otherwise than claimed; empty when all did.
    """
    with stage() as scene:
        say(f"A simulated Canvas is up at {scene.url}; the mirror is an empty SQLite file.")
        scene.manage("sync_course", _COURSE, say=say)
        say("\nOnce more, with nothing changed in Canvas:")
        counts, requests = scene.sync()
        second = changes(counts)
        say("\n".join(describe(second)) or "  nothing to write")
        say(f"  in {requests} requests")
        expected = changes(scene.change_canvas())
        say("\nThen people worked in Canvas. It says it changed:")
        say("\n".join(describe(expected)))
        say("\nThe third sync finds:")
        counts, requests = scene.sync()
        third = changes(counts)
        say("\n".join(describe(third)))
        say(f"  in {requests} requests")
        scene.manage("runs", "list", say=say)
    wrong = [f"the second sync wrote {second}"] if second else []
    return wrong + differences(expected, third)


def failure_text(error: subprocess.CalledProcessError | OSError | ValueError) -> str:
    """One line about a demonstration that could not go on."""
    if isinstance(error, subprocess.CalledProcessError):
        words: list[str] = list(error.cmd)
        said = f": {error.stderr.decode(errors='replace').strip()}" if error.stderr else ""
        return f"'manage.py {' '.join(words[2:])}' ended with {error.returncode}{said}"
    return str(error)
