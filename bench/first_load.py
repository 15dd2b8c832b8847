"""First load and unchanged re-walk of the `course` preset, beside a bare fetch of the same pages.

Run it with `make bench`. Prints one JSON document; only its ratios travel between machines.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parent.parent
COURSE = 101
PAIRS = 2


def main() -> None:
    """Alternate bare fetch and sync, so that a machine that slows down slows both."""
    simulator = subprocess.Popen(
        [
            *_manage("simulate_canvas"),
            "--port",
            "0",
            "--preset",
            "course",
            "--no-throttle",
            "--json",
        ],
        stdout=subprocess.PIPE,
        env=_environment(),
    )
    try:
        assert simulator.stdout is not None
        url = json.loads(simulator.stdout.readline())["url"]
        sys.stdout.write(json.dumps(_measure(url), indent=2) + "\n")
    finally:
        simulator.terminate()
        simulator.wait(timeout=10)


def _measure(url: str) -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
    django.setup()
    from bench.floor import fetch_course  # it asks for the plan, and that for the models

    bare = asyncio.run(fetch_course(url, COURSE))
    first = _sync(url)
    pairs = []
    for _ in range(PAIRS):
        again = asyncio.run(fetch_course(url, COURSE))
        pairs.append((again.seconds, _sync(url)["seconds"]))
    rows = sum(counts["seen"] for counts in first["resources"].values())
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "database": os.environ["DATABASE_URL"].partition(":")[0],
        "rows": rows,
        "requests": first["requests"],
        "bare_fetch": {
            "seconds": round(bare.seconds, 2),
            "requests": bare.requests,
            "megabytes": round(bare.body_bytes / 1e6, 1),
        },
        "first_load": {
            "seconds": first["seconds"],
            "rows_per_s": round(rows / first["seconds"]),
            "ratio_to_bare_fetch": round(first["seconds"] / bare.seconds, 2),
        },
        "unchanged": [
            {"seconds": sync_s, "ratio_to_bare_fetch": round(sync_s / bare_s, 2)}
            for bare_s, sync_s in pairs
        ],
        # Of the largest child, which is the simulator or a sync; the sync alone is in `sync_peak`.
        "sync_peak_mb": round(first["peak_kb"] / 1024),
        "largest_child_mb": round(peak / 1024),
    }


def _sync(url: str) -> dict[str, Any]:
    ours = {"CANVAS_URL": url, "CANVAS_TOKEN": "bench", "CANVAS_ALLOW_INSECURE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.peak", *_manage("sync_course")[1:], str(COURSE), "--json"],
        stdout=subprocess.PIPE,
        env=_environment() | ours,
        cwd=ROOT,
        check=True,
    )
    report, peak = done.stdout.splitlines()
    document: dict[str, Any] = json.loads(report)
    return document | {"peak_kb": int(peak)}


def _manage(command: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), command]


def _environment() -> dict[str, str]:
    return {**os.environ, "LOG_LEVEL": "WARNING"}


if __name__ == "__main__":
    main()
