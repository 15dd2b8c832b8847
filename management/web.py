"""How the web server is started: the one command line, for `manage.py up`, deployments and tests.

`python -m management.web --host H --port N --workers N` becomes it.

Why it is granian, and what each figure is for: docs/adr/0014-web-server.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Final

APPLICATION: Final = "management.front:application"
WORKERS: Final = 2
# Connections of one process, idle ones included; those beyond wait in the backlog of the kernel.
CONNECTIONS: Final = 512
HEADER_MS: Final = 10_000
BUFFER_BYTES: Final = 64 * 1024  # of one connection; headers must fit into it
STOP_S: Final = 15


def web_command(
    *, host: str, port: int, workers: int = WORKERS, application: str = APPLICATION
) -> list[str]:
    """The command line of the web server. Run it in the folder of `manage.py`.

    SIGTERM ends it after the requests under way; a process of it that dies is replaced.
    """
    options: dict[str, object] = {
        "--interface": "rsgi",
        "--http": "1",
        "--host": host,
        "--port": port,
        "--workers": workers,
        "--backpressure": CONNECTIONS,
        "--http1-header-read-timeout": HEADER_MS,
        "--http1-buffer-size": BUFFER_BYTES,
        "--workers-kill-timeout": STOP_S,
        "--respawn-interval": 0.5,
        "--log-level": "warning",
    }
    named = [text for name, value in options.items() for text in (name, str(value))]
    switches = ["--no-ws", "--respawn-failed-workers"]
    return [sys.executable, "-m", "granian", *named, *switches, application]


def asked(arguments: list[str]) -> list[str]:
    """The command line of the web server for `python -m management.web …`."""
    parser = argparse.ArgumentParser(prog="python -m management.web")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=WORKERS)
    return web_command(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    # Become it: systemd and containers then have it as their own process.
    _command = asked(sys.argv[1:])
    os.execv(_command[0], _command)
