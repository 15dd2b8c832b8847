"""Many processes that want the same course again and again, each round at the same moment.

`python -m tests.acceptance.contenders PROCESSES ROUNDS` in the environment of a mirror; prints, one
JSON document a line, what each attempt came to. Not a test.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from multiprocessing.synchronize import Barrier
from typing import Any

COURSE = 101


def main(processes: int, rounds: int) -> None:
    import django

    django.setup()
    barrier = multiprocessing.get_context("fork").Barrier(processes)
    children = []
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            contend(barrier, rounds)
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0


def contend(barrier: Barrier, rounds: int) -> None:
    from workers.bridge import bridge

    for number in range(rounds):
        barrier.wait(timeout=60)
        for report in bridge.run(_sync()):
            code = report.error.code if report.error else ""
            found = {"round": number, "state": str(report.state), "code": code}
            os.write(1, json.dumps(found).encode() + b"\n")


async def _sync() -> list[Any]:
    from management.operations import SyncRequest, sync_courses
    from workers.wiring import Unwatched

    reports: list[Any] = []
    await sync_courses(
        SyncRequest(courses=(COURSE,), only=("sections",)),
        watch=Unwatched(),
        stop=multiprocessing.Event(),
        done=reports.append,
    )
    return reports


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
