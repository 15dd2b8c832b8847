"""A whole daemon for a bench: `manage.py up`, or workers alone, beside a simulated Canvas."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from bench.first_load import ROOT, manage
from simulator import Canvas

PATIENCE_S = 1800.0


def environment_of(canvas: Canvas, **more: str) -> dict[str, str]:
    """`DATABASE_URL` and `TEST_REDIS_URL` are those of `tests.servers`."""
    return {
        **os.environ,
        "REDIS_URL": os.environ["TEST_REDIS_URL"],
        "CANVAS_URL": canvas.url,
        "CANVAS_TOKEN": "daemon-bench",
        "CANVAS_ALLOW_INSECURE": "1",
        "WEBHOOK_KEYS_URL": canvas.live_events.keys_url,
        "LOG_LEVEL": "WARNING",
        "DEBUG": "1",
        **more,
    }


@contextmanager
def up(canvas: Canvas, *, workers: int, **more: str) -> Iterator[dict[str, Any]]:
    """What it says of itself, once it is up."""
    process = subprocess.Popen(
        [*manage("up"), "--port", str(_free_port()), "--workers", str(workers), "--json"],
        cwd=ROOT,
        env=environment_of(canvas, **more),
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def sql(query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def until(condition: Callable[[], Any], *, every_s: float = 0.1) -> float:
    """Seconds it took until the condition was something."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE_S:
            sys.exit("bench: waited in vain")
        time.sleep(every_s)
    return time.monotonic() - began
