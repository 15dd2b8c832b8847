"""The command line of the web server."""

from __future__ import annotations

import sys


def web_command(*, host: str, port: int, workers: int = 1, threads: int = 4) -> list[str]:
    """granian serving `settings.wsgi:application`; `threads` are of each of its processes."""
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": str(threads),
        "--backpressure": str(16 * threads),
        "--workers-kill-timeout": "10",
        "--log-level": "warning",
    }
    flags = ["--no-ws", "--respawn-failed-workers"]
    words = [word for pair in options.items() for word in pair]
    return [sys.executable, "-m", "granian", *words, *flags, "settings.wsgi:application"]
