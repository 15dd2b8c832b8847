"""Children under one parent: real processes, small ones."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from management.up.child import Child
from management.up.crew import Crew
from management.up.keeper import Pauses
from tests.command import ROOT

PATIENCE_S = 20.0
HURRIED = Pauses(first_s=0.01, longest_s=0.01)
LONG = 600.0


def child(name: str, script: str, *, stdin: bytes = b"") -> Child:
    """A shell script as a child; what it prints is what the test hears."""
    command = ("/bin/sh", "-c", script)
    return Child(name=name, command=command, environment=os.environ, stdin=stdin)


class Heard:
    """What all children said, in its order."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self._news = asyncio.Event()

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))
        self._news.set()

    async def of(self, name: str, *, times: int = 1) -> list[str]:
        """What this child said, once it has said so much."""
        async with asyncio.timeout(PATIENCE_S):
            while len(said := [line for one, line in self.lines if one == name]) < times:
                self._news.clear()
                await self._news.wait()
        return said


@pytest.fixture
def heard() -> Heard:
    return Heard()


def crew_of(heard: Heard) -> Crew:
    return Crew(say=heard, pauses=HURRIED, ending=[["first"], ["last"]])


async def end(crew: Crew, *, grace_s: float = LONG) -> bool:
    return await crew.end(grace_s=grace_s, hurry=asyncio.Event())


def is_gone(pid: str) -> bool:
    """Also one that has ended and that nobody has asked about yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2][1] == "Z"
    except FileNotFoundError:
        return True


WAITING = "echo $$; exec sleep 600"
STUBBORN = "trap '' TERM; echo $$; while :; do sleep 0.1; done"
SAYS_GOODBYE = "trap 'echo gone; exit 0' TERM; echo here; while :; do sleep 0.02; done"


def test_a_child_that_is_killed_comes_back(heard: Heard) -> None:
    async def story() -> None:
        crew = crew_of(heard)
        crew.start(child("first", WAITING))
        (before,) = await heard.of("first")
        os.kill(int(before), 9)
        pids = await heard.of("first", times=2)
        assert pids[1] != before
        assert await end(crew)
        assert all(map(is_gone, pids))

    asyncio.run(story())


def test_processes_that_a_dead_child_left_behind_are_ended(heard: Heard) -> None:
    async def story() -> None:
        crew = crew_of(heard)
        crew.start(child("first", f"({STUBBORN}) & sleep 0.1; kill -9 $$"))
        orphan = (await heard.of("first"))[0]
        await heard.of("first", times=2)
        await end(crew)
        assert is_gone(orphan)

    asyncio.run(story())


def test_they_end_one_after_the_other(heard: Heard) -> None:
    async def story() -> None:
        crew = crew_of(heard)
        for name in ("last", "first"):
            crew.start(child(name, SAYS_GOODBYE))
            await heard.of(name)
        assert await end(crew)
        assert heard.lines[2:] == [("first", "gone"), ("last", "gone")]

    asyncio.run(story())


def test_a_child_that_does_not_end_is_killed_after_the_grace(heard: Heard) -> None:
    async def story() -> None:
        crew = crew_of(heard)
        crew.start(child("first", STUBBORN))
        (pid,) = await heard.of("first")
        assert not await end(crew, grace_s=0.1)
        assert is_gone(pid)

    asyncio.run(story())


def test_who_is_in_a_hurry_waits_for_no_grace(heard: Heard) -> None:
    async def story() -> None:
        crew, hurry = crew_of(heard), asyncio.Event()
        crew.start(child("first", STUBBORN))
        (pid,) = await heard.of("first")
        hurry.set()
        assert not await crew.end(grace_s=LONG, hurry=hurry)
        assert is_gone(pid)

    asyncio.run(story())


def test_a_child_that_is_configured_wrongly_is_not_started_again(heard: Heard) -> None:
    async def story() -> None:
        crew = crew_of(heard)
        crew.start(child("first", "echo no such option; exit 2"))
        async with asyncio.timeout(PATIENCE_S):
            assert await crew.refused == "first"
        await end(crew)
        assert heard.lines == [("first", "no such option")]

    asyncio.run(story())


def test_a_program_that_is_missing_is_named(heard: Heard) -> None:
    async def story() -> None:
        crew = crew_of(heard)
        crew.start(Child(name="first", command=("/nowhere/server",), environment={}))
        assert "/nowhere/server cannot be started" in (await heard.of("first"))[0]
        await end(crew)

    asyncio.run(story())


def test_secrets_come_by_stdin(heard: Heard) -> None:
    async def story() -> None:
        crew = crew_of(heard)
        crew.start(child("first", "cat; exec sleep 600", stdin=b"requirepass secret\n"))
        assert await heard.of("first") == ["requirepass secret"]
        await end(crew)

    asyncio.run(story())


PARENT = """
import asyncio, os
from django.conf import settings
settings.configure(BASE_DIR=os.getcwd())
from management.up.child import Child
from management.up.crew import Crew

async def main():
    crew = Crew(say=lambda name, line: print(line, flush=True))
    crew.start(Child(
        name="web", command=("/bin/sh", "-c", "echo $$; exec sleep 600"), environment=os.environ
    ))
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a child of its parent's death"
)
def test_a_parent_that_is_killed_leaves_nothing() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = parent.stdout.readline().strip()
        parent.kill()
    deadline = time.monotonic() + PATIENCE_S
    while not is_gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
