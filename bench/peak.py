"""Run a Python program as it would run by itself, then print what it used, as JSON."""

from __future__ import annotations

import json
import resource
import runpy
import sys


def used() -> dict[str, float]:
    """Processor seconds and the most memory in MiB, of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss // 1024}


def main(arguments: list[str]) -> None:
    """Run the file `arguments[0]` with the rest as its arguments."""
    sys.argv = arguments
    sys.path.insert(0, ".")
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    finally:
        sys.stdout.write(f"{json.dumps(used())}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
