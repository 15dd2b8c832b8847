"""Run as a script before a child's own program: ties the child to its parent, then becomes it.

`tether.py PARENT COMMAND…`: on Linux the kernel then ends the child with SIGTERM when the parent
is gone, even one that was killed and could do nothing any more; elsewhere the child would stay.
Not done between fork and exec: our process has threads by then. Imports nothing of ours.
"""

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Never returns."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:  # it was gone before we asked
            sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
