"""First load and unchanged re-walk of the `course` preset, each beside the floor program.

Run it with `make bench`. Prints one JSON document; only its ratios travel between machines. Floor
and sync take turns, each in a process of its own, so that a machine that slows down slows both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final, TypeAlias

import psycopg

Measured: TypeAlias = dict[str, Any]

ROOT: Final = Path(__file__).resolve().parent.parent
COURSE: Final = 101
ROUNDS: Final = 9
# What the acceptance of the project asks for.
WANTED: Final = {
    "first_load_to_floor": 1.3,
    "unchanged_to_floor": 1.3,
    "unchanged_to_first_load": 0.5,
}


def main(arguments: list[str]) -> None:
    """Takes the number of rounds, unless it is to be the usual one."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    options = ["--port", "0", "--preset", "course", "--no-throttle", "--json"]
    simulator = subprocess.Popen(
        [*manage("simulate_canvas"), *options], stdout=subprocess.PIPE, env=_environment()
    )
    try:
        assert simulator.stdout is not None
        url = json.loads(simulator.stdout.readline())["url"]
        sys.stdout.write(json.dumps(measure(url, rounds=rounds), indent=2) + "\n")
    finally:
        simulator.terminate()
        simulator.wait(timeout=10)


def measure(url: str, *, rounds: int) -> Measured:
    """All figures; times are those of the middle round."""
    subprocess.run(
        [*manage("migrate"), "-v", "0"],
        env=_environment(),
        cwd=ROOT,
        check=True,
        stdout=sys.stderr,
    )
    floor("fetch", url)  # the simulator remembers what it has compressed
    taken: dict[str, list[Measured]] = {}
    for _ in range(rounds):
        empty_mirror()
        turns = {
            "bare_fetch": floor("fetch", url),
            "floor_load": floor("load", url),
            "first_load": sync(url),
            "floor_read": floor("read", url),
            "unchanged": sync(url),
        }
        for name, run in turns.items():
            taken.setdefault(name, []).append(run)
    return {
        "database": os.environ["DATABASE_URL"].partition(":")[0],
        "course": COURSE,
        **{name: _figures(runs) for name, runs in taken.items()},
        "ratios": _ratios(taken),
        "wanted": WANTED,
    }


def _figures(runs: list[Measured]) -> Measured:
    first, seconds = runs[0], median(run["seconds"] for run in runs)
    return {
        "seconds": round(seconds, 2),
        "cpu_s": round(median(run["cpu_s"] for run in runs), 2),
        "rows": first["rows"],
        "rows_per_s": round(first["rows"] / seconds),
        "requests": first["requests"],
        "throttle_wait_s": max(run.get("throttle_wait_s", 0.0) for run in runs),
        "peak_mb": max(run["peak_mb"] for run in runs),
    }


def _ratios(taken: dict[str, list[Measured]]) -> dict[str, float]:
    """Of neighbours in a round each, then the middle one."""

    def ratio(name: str, reference: str) -> float:
        pairs = zip(taken[name], taken[reference], strict=True)
        found: float = median(one["seconds"] / other["seconds"] for one, other in pairs)
        return round(found, 2)

    return {
        "first_load_to_floor": ratio("first_load", "floor_load"),
        "unchanged_to_floor": ratio("unchanged", "floor_read"),
        "unchanged_to_first_load": ratio("unchanged", "first_load"),
        "first_load_to_bare_fetch": ratio("first_load", "bare_fetch"),
        "unchanged_to_bare_fetch": ratio("unchanged", "bare_fetch"),
    }


def empty_mirror() -> None:
    """As after `migrate`, with statistics of empty tables."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        found = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
            " AND (tablename LIKE 'canvas\\_%' OR tablename LIKE 'sync\\_%')"
        )
        tables = ", ".join(name for (name,) in found.fetchall())
        connection.execute(f"TRUNCATE {tables} CASCADE")
        connection.execute("VACUUM ANALYZE")


def floor(mode: str, url: str) -> Measured:
    return _last_line([sys.executable, "-m", "bench.floor", url, str(COURSE), mode])


def sync(url: str) -> Measured:
    """Everything is read, whatever the mirror has."""
    ours = {"CANVAS_URL": url, "CANVAS_TOKEN": "sync-bench", "CANVAS_ALLOW_INSECURE": "1"}
    command = [*manage("sync_course")[1:], str(COURSE), "--full", "--json"]
    lines = run_lines([sys.executable, "-m", "bench.peak", *command], _environment() | ours)
    report, used = json.loads(lines[0]), json.loads(lines[1])
    assert report["state"] == "succeeded", report["error"]
    rows = sum(counts["seen"] for counts in report["resources"].values())
    named = {name: report[name] for name in ("seconds", "requests", "throttle_wait_s")}
    return {**named, "rows": rows, **used}


def _last_line(command: list[str]) -> Measured:
    document: Measured = json.loads(run_lines(command, _environment())[-1])
    return document


def run_lines(command: list[str], environment: Mapping[str, str]) -> list[bytes]:
    """What a program prints. Raises CalledProcessError for one that fails."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, env={**environment}, cwd=ROOT, check=True
    )
    return done.stdout.splitlines()


def manage(command: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), command]


def _environment() -> dict[str, str]:
    return {**os.environ, "LOG_LEVEL": "WARNING"}


if __name__ == "__main__":
    main(sys.argv[1:])
