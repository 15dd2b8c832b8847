"""The benchmarks start without anybody's Django: `make bench` runs them as programs."""

import subprocess
import sys

import pytest

from tests.command import ROOT, clean_environment


@pytest.mark.parametrize("program", ["first_load", "floor", "memory", "upserts", "webhook_intake"])
def test_a_benchmark_can_be_started(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import bench.{program}"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
