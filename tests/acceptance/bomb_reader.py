"""Walks a listing in a process of its own and prints what memory that took, in KiB, as JSON.

`python -m tests.acceptance.bomb_reader URL TOKEN`: first a listing that is as it should be, so that
everything is loaded, then `enrollments`, where the bomb is.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
from pathlib import Path

from canvas.client import CanvasClient, LocalBudget
from canvas.errors import CanvasError


def most_kib() -> int:
    """The most memory this process ever had.

    Linux hands `ru_maxrss` down from the process that started this one, so it is asked elsewhere.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
    assert found
    return int(found[1])


async def read(client: CanvasClient, source: str) -> str:
    try:
        async for _ in client.walk(f"/api/v1/courses/101/{source}", source=source):
            pass
    except CanvasError as error:
        return error.code
    return "whole"


async def main(url: str, token: str) -> None:
    async with CanvasClient(url, token=token, budget=LocalBudget(), allow_insecure=True) as client:
        first = await read(client, "assignments")
        before = most_kib()
        second = await read(client, "enrollments")
    sys.stdout.write(json.dumps({"ends": [first, second], "grown_kib": most_kib() - before}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
