"""R8: memory does not grow with the number of submissions; `bench.memory` tries half a million."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.memory import COURSE, serving
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror
from tests.command import ROOT, clean_environment

FEW, MANY = 3_000, 15_000
MOST = 1.1


def peak_mb(mirror: Mirror) -> float:
    """Of one process that reads everything."""
    command = ("manage.py", "sync_course", str(COURSE), "--full", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "bench.peak", *command],
        cwd=ROOT,
        env=clean_environment(**mirror.environment),
        stdout=subprocess.PIPE,
        check=True,
    )
    report, used = map(json.loads, done.stdout.splitlines())
    assert report["resources"]["submissions"]["seen"] in (FEW, MANY)
    return float(used["peak_mb"])


def peaks(submissions: int, new_mirror: NewMirror) -> tuple[float, float]:
    """A first load, and a second reading."""
    with serving(submissions) as url:
        mirror = new_mirror(url, "postgres")
        return peak_mb(mirror), peak_mb(mirror)


def test_r8_five_times_as_many_submissions_need_no_more_memory(new_mirror: NewMirror) -> None:
    few, many = peaks(FEW, new_mirror), peaks(MANY, new_mirror)
    assert many[0] <= few[0] * MOST, (few, many)
    assert many[1] <= few[1] * MOST, (few, many)
