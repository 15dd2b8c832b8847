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
    """Where the demonstration plays: a simulator, and the settings of a user as `NAME=text`."""

    url: str
    user: tuple[str, ...]

    def manage(self, *arguments: str, say: Callable[[str], None]) -> None:
        """Run `manage.py …`, its output going where ours goes. Raises CalledProcessError."""
        say(f"\n$ manage.py {' '.join(arguments)}")
        subprocess.run(_command(*arguments, user=self.user), check=True)

    def sync(self) -> Counts:
        """Sync once more, quietly, and return the counts by resource."""
        done = subprocess.run(
            _command("sync_course", _COURSE, "--json", user=self.user),
            check=True,
            stdout=subprocess.PIPE,
        )
        counts: Counts = json.loads(done.stdout)["resources"]
        return counts

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


# What a newcomer may have set for a Canvas of their own.
_NOT_OURS = (
    "CANVAS_URL CANVAS_URL_FILE CANVAS_TOKEN CANVAS_TOKEN_FILE CANVAS_ACCOUNT_ID DATABASE_URL "
    "DATABASE_URL_FILE REDIS_URL FIELD_KEYS FIELD_KEYS_FILE SECRET_KEY SECRET_KEY_FILE DEBUG"
).split()


def _command(*arguments: str, user: tuple[str, ...] = ()) -> list[str]:
    """`manage.py` with the environment of a user who has set nothing but `user`."""
    unset = [word for name in _NOT_OURS for word in ("-u", name)]
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    return ["env", *unset, "LOG_LEVEL=WARNING", *user, *manage]


@contextmanager
def stage() -> Iterator[Stage]:
    """A simulator on a free port and an empty folder for the database; both gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="canvas-mirror-demo-"))
    simulator = subprocess.Popen(
        _command("simulate_canvas", "--port", "0", "--json"), stdout=subprocess.PIPE
    )
    try:
        assert simulator.stdout is not None
        url = json.loads(simulator.stdout.readline())["url"]
        yield Stage(
            url=url,
            user=(
                f"CANVAS_URL={url}",
                "CANVAS_TOKEN=demo",
                "CANVAS_ALLOW_INSECURE=1",
                f"DATABASE_URL=sqlite:///{folder}/mirror.sqlite3",
            ),
        )
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
        second = changes(scene.sync())
        say("\n".join(describe(second)) or "  nothing to write")
        expected = changes(scene.change_canvas())
        say("\nThen people worked in Canvas. It says it changed:")
        say("\n".join(describe(expected)))
        say("\nThe third sync finds:")
        third = changes(scene.sync())
        say("\n".join(describe(third)))
        scene.manage("runs", "list", say=say)
    wrong = [f"the second sync wrote {second}"] if second else []
    return wrong + differences(expected, third)


def failure_text(error: subprocess.CalledProcessError | OSError | ValueError) -> str:
    """One line about a demonstration that could not go on."""
    if isinstance(error, subprocess.CalledProcessError):
        words: list[str] = list(error.cmd)
        manage = next(at for at, word in enumerate(words) if word.endswith("manage.py"))
        return f"'manage.py {' '.join(words[manage + 1 :])}' ended with {error.returncode}"
    return str(error)
