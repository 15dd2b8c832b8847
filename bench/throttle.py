"""How much of Canvas's allowed rate is used, and how often Canvas has to say no.

Walks submissions of a simulated Canvas over and over: one process, four that share a token through
Redis, twenty courses over four. The simulator is a process of its own, with the bucket's defaults
(600, 800, 10 per second, 50 up front); answers cost COST_SCALE times as much as usual, so that two
cores can ask for more than is allowed. Run it with

    python -m tests.servers -- python -m bench.throttle
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import IO

from simulator import start
from simulator.throttle import OUTFLOW_PER_S, Tally

TOKEN = "bench"
COST_SCALE = 4.0  # a page of 100 with two includes: 1.28
LATENCY_S = 0.1
PATH = "/api/v1/courses/{course}/students/submissions"
PARAMS = (
    ("student_ids[]", "all"),
    ("include[]", "submission_comments"),
    ("include[]", "rubric_assessment"),
)
OPEN_COURSES = [course for course in range(101, 122) if course != 120]  # that one is deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`walks` names the courses that each process walks at the same time."""

    preset: str
    walks: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`requests` and `cost` are what Canvas served after the warm-up, rejections are of the minutes
    since the start."""

    requests: int
    cost: float
    share_used: float
    rejections: int
    rejections_by_minute: dict[int, int]


SCENARIOS = {
    "one process": Scenario(preset="course", walks=[[101] * 8]),
    "4 processes": Scenario(preset="course", walks=[[101] * 3] * 4),
    "20 courses over 4 processes": Scenario(
        preset="school", walks=[OPEN_COURSES[first::4] for first in range(4)]
    ),
}


def main(arguments: Sequence[str]) -> None:
    """Without arguments the measurement; the other two are its child processes."""
    match arguments:
        case ["canvas", preset]:
            serve(preset)
        case ["ask", url, identity, *courses]:
            asyncio.run(ask(url, identity, courses=courses))
        case [warm_up_s, seconds]:
            report(warm_up_s=float(warm_up_s), seconds=float(seconds))
        case _:
            report(warm_up_s=30, seconds=120)


def report(*, warm_up_s: float, seconds: float) -> None:
    """Print one line for each scenario."""
    say(f"cost scale {COST_SCALE}, latency {LATENCY_S} s, {seconds:.0f} s after {warm_up_s:.0f} s")
    say(f"{'':30}{'requests':>10}{'cost':>9}{'share':>8}{'rejected':>10}  by minute")
    for name, scenario in SCENARIOS.items():
        found = measure(scenario, warm_up_s=warm_up_s, seconds=seconds)
        say(
            f"{name:30}{found.requests:>10}{found.cost:>9.1f}{found.share_used:>8.1%}"
            f"{found.rejections:>10}  {found.rejections_by_minute or '-'}"
        )


def measure(scenario: Scenario, *, warm_up_s: float, seconds: float) -> Figures:
    """Run a scenario. REDIS_URL, or else TEST_REDIS_URL, is what its processes share."""
    identity = f"bench-{secrets.token_hex(4)}"
    with canvas(scenario.preset) as (url, tally), ExitStack() as children:
        asked = [["ask", url, identity, *map(str, courses)] for courses in scenario.walks]
        askers = [children.enter_context(_child(arguments)) for arguments in asked]
        for asker in askers:
            _read(asker.stdout)
        began = tally().at
        time.sleep(warm_up_s)
        first = tally()
        time.sleep(seconds)
        return _figures(first, tally(), began=began)


def _figures(first: Tally, last: Tally, *, began: float) -> Figures:
    cost = last.cost - first.cost
    minutes = Counter(int((at - began) / 60) for at in last.rejected_at)
    return Figures(
        requests=last.served - first.served,
        cost=cost,
        share_used=cost / (OUTFLOW_PER_S * (last.at - first.at)),
        rejections=len(last.rejected_at),
        rejections_by_minute=dict(sorted(minutes.items())),
    )


@contextmanager
def canvas(preset: str) -> Iterator[tuple[str, Callable[[], Tally]]]:
    """A simulator in a process of its own: its address, and what to call for its tally."""
    with _child(["canvas", preset]) as child:
        url = _read(child.stdout)
        yield url, lambda: _tally_of(child)


def _tally_of(simulator: subprocess.Popen[str]) -> Tally:
    assert simulator.stdin is not None
    simulator.stdin.write("\n")
    simulator.stdin.flush()
    told = json.loads(_read(simulator.stdout))
    return Tally(**told | {"rejected_at": tuple(told["rejected_at"])})


def _read(answers: IO[str] | None) -> str:
    """Its next line. Raises RuntimeError when the process ended instead of writing one."""
    line = answers.readline() if answers is not None else ""
    if not line:
        raise RuntimeError("a process of the benchmark ended; what it said is above")
    return line.strip()


@contextmanager
def _child(arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    shared = os.environ.get("REDIS_URL") or os.environ.get("TEST_REDIS_URL", "")
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.throttle", *arguments],
        env={**os.environ, "REDIS_URL": shared, "LOG_LEVEL": "WARNING"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait(timeout=30)


def serve(preset: str) -> None:
    """Serve, and answer every line that comes in with the tally as one line of JSON."""
    with start(preset, latency_s=LATENCY_S, cost_scale=COST_SCALE) as simulated:
        say(simulated.url)
        for _ in sys.stdin:
            say(json.dumps(asdict(simulated.throttle.tally())))


async def ask(url: str, identity: str, *, courses: Sequence[str]) -> None:
    """Walk the submissions of each course over and over, all at the same time, until killed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
    django.setup()
    from canvas.client import CanvasClient
    from workers.budget import budget_for

    async def walk_on(client: CanvasClient, course: str) -> None:
        while True:
            async for _ in client.walk(
                PATH.format(course=course), params=PARAMS, source="submissions"
            ):
                pass

    budget = budget_for(identity)
    async with CanvasClient(url, token=TOKEN, budget=budget, allow_insecure=True) as client:
        say("asking")
        await asyncio.gather(*(walk_on(client, course) for course in courses))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
