"""Run a Python program as it would run by itself, then print the most memory it had, in KiB."""

from __future__ import annotations

import resource
import runpy
import sys


def main(arguments: list[str]) -> None:
    """Run the file `arguments[0]` with the rest as its arguments."""
    sys.argv = arguments
    sys.path.insert(0, ".")
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    finally:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sys.stdout.write(f"{peak}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
