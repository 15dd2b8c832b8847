"""Courses per minute with 1, 2 and 4 worker processes, and what Canvas says to them all together.

First loads of a school against a simulated Canvas that takes 100 ms for every answer, its throttle
off; then once more with the throttle on, and four processes. Run it with

    python -m tests.servers -- python -m bench.scale [COURSES]
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import Any, Final

from bench.daemons import environment_of, sql, until
from bench.first_load import ROOT, empty_mirror, manage
from simulator import Canvas, start
from simulator.throttle import OUTFLOW_PER_S

COURSES: Final = 200
LATENCY_S: Final = 0.1
PROCESSES: Final = (1, 2, 4)
OPEN: Final = "SELECT 1 FROM sync_run WHERE state IN ('queued', 'running') LIMIT 1"
PAUSE: Final = "from sync.models import SyncSchedule; SyncSchedule.objects.update(paused=True)"
QUEUE: Final = """
from canvas.models import CanvasIntegration
from sync.models import Run
school = CanvasIntegration.objects.get()
Run.objects.bulk_create(
    Run(integration=school, course=course, queue="bulk", trigger="schedule") for course in {courses}
)
"""


def main(arguments: list[str]) -> None:
    courses = int(arguments[0]) if arguments else COURSES
    subprocess.run([*manage("migrate"), "-v", "0"], cwd=ROOT, check=True, stdout=sys.stderr)
    found = [measure(processes, courses=courses) for processes in PROCESSES]
    for one in found:
        one["relative"] = round(one["courses_per_minute"] / found[0]["courses_per_minute"], 2)
    throttled = measure(PROCESSES[-1], courses=courses, throttle=True)
    document = {"latency_s": LATENCY_S, "throttle_off": found, "throttle_on": throttled}
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def measure(processes: int, *, courses: int, throttle: bool = False) -> dict[str, Any]:
    empty_mirror()
    with start("school", latency_s=LATENCY_S, throttle=throttle) as canvas:
        canvas.world.ensure_all()  # making a course takes as long as reading one
        environment = environment_of(canvas, TICK_SECONDS="1")
        _run("connect", "default", "--url", canvas.url, env=environment)
        _run("shell", "--no-imports", "-c", PAUSE, env=environment)  # ours and no others
        for name in ("CANVAS_URL", "CANVAS_TOKEN"):
            del environment[name]
        wanted = _living(canvas)[:courses]
        workers = [_celery("worker", *_options(processes), env=environment)]
        time.sleep(8)  # whoever starts is not measured
        _run("shell", "--no-imports", "-c", QUEUE.format(courses=wanted), env=environment)
        before = canvas.throttle.tally()
        workers.append(_celery("beat", env=environment))
        try:
            until(lambda: not sql(OPEN), every_s=0.25)
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
                worker.wait(timeout=60)
        return _figures(canvas, before, processes=processes, courses=len(wanted))


def _figures(canvas: Canvas, before: Any, *, processes: int, courses: int) -> dict[str, Any]:
    span = "SELECT extract(epoch FROM max(finished_at) - min(started_at)) FROM sync_run"
    ((seconds,),) = sql(span)
    states = dict(sql("SELECT state, count(*) FROM sync_run GROUP BY state"))
    ((rows,),) = sql("SELECT sum(seen) FROM sync_step")
    after = canvas.throttle.tally()
    return {
        "processes": processes,
        "courses": courses,
        "states": states,
        "seconds": round(float(seconds), 1),
        "courses_per_minute": round(60 * courses / float(seconds), 1),
        "rows_per_s": round(rows / float(seconds)),
        "requests": after.served - before.served,
        "cost_per_s": round((after.cost - before.cost) / float(seconds), 2),
        "allowed_cost_per_s": OUTFLOW_PER_S,
        "rejections": len(after.rejected_at),
    }


def _living(canvas: Canvas) -> list[int]:
    return sorted(row.id for row in canvas.world.courses if row.workflow_state != "deleted")


def _options(processes: int) -> list[str]:
    return ["-Q", "realtime,scheduled,bulk", "-c", str(processes)]


def _celery(*arguments: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "workers", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)


def _run(*arguments: str, env: dict[str, str]) -> None:
    command = [*manage(arguments[0]), *arguments[1:]]
    subprocess.run(command, cwd=ROOT, env=env | {"CI": "1"}, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
