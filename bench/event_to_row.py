"""From an event of Canvas to the row, with workers that have nothing else to do.

Grades are given in a simulated Canvas at random moments; it posts its signed events to the daemon
of `manage.py up`. Measured is the time from the grade until another connection sees it in the row,
the window in which events are collected (WEBHOOK_MERGE_SECONDS) included. Run it with

    python -m tests.servers -- python -m bench.event_to_row [EVENTS]
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from statistics import median
from typing import Any, Final

from bench.daemons import sql, until, up
from bench.first_load import ROOT, manage
from simulator import Canvas, start

COURSE: Final = 101
EVENTS: Final = 60
SPACING_S: Final = 6.0  # between two events, at most
MERGE_S: Final = 5.0
WANTED_S: Final = 2.0  # beyond the window, for 95 of 100
SHOWN: Final = """
    SELECT submission.canvas_id FROM canvas_canvassubmission submission
    JOIN canvas_canvasassignment assignment ON assignment.id = submission.assignment_id
    JOIN canvas_canvascourse course ON course.id = assignment.course_id
    WHERE submission.deleted_at IS NULL AND course.canvas_id = {course}
"""
SCORE: Final = "SELECT score FROM canvas_canvassubmission WHERE canvas_id = {id}"
DONE: Final = "SELECT 1 FROM sync_run WHERE course = {course} AND state = 'succeeded'"


def main(arguments: list[str]) -> None:
    events = int(arguments[0]) if arguments else EVENTS
    seed = random.randrange(2**32)
    subprocess.run([*manage("migrate"), "-v", "0"], cwd=ROOT, check=True, stdout=sys.stderr)
    with start("tiny") as canvas:
        with up(canvas, workers=1, WEBHOOK_MERGE_SECONDS=str(int(MERGE_S))) as told:
            until(lambda: sql(DONE.format(course=COURSE)))
            canvas.live_events.subscribe(told["integrations"][0]["webhook"])
            before = len(canvas.requests)
            waits = measure(canvas, events=events, chance=random.Random(seed))
            requests = len(canvas.requests) - before
    sys.stdout.write(json.dumps(summary(waits, requests=requests, seed=seed), indent=2) + "\n")


def measure(canvas: Canvas, *, events: int, chance: random.Random) -> list[float]:
    """Seconds, sorted."""
    # Canvas has more, of those who have left, and shows them to nobody.
    graded = [submission for (submission,) in sql(SHOWN.format(course=COURSE))]
    due: dict[int, tuple[float, float]] = {}
    waits = list[float]()
    next_at, left = time.monotonic(), events
    while left or due:
        now = time.monotonic()
        if left and now >= next_at:
            submission, score = chance.choice(graded), round(chance.uniform(0, 9), 3)
            if submission not in due:
                canvas.mutate("grade_submission", submission_id=submission, score=score)
                due[submission] = (score, time.monotonic())
                left -= 1
            next_at = now + chance.uniform(0, SPACING_S)
        for submission, (score, since) in list(due.items()):
            if sql(SCORE.format(id=submission)) == [(score,)]:
                waits.append(time.monotonic() - since)
                del due[submission]
        time.sleep(0.02)
    return sorted(waits)


def summary(waits: list[float], *, requests: int, seed: int) -> dict[str, Any]:
    def quantile(share: float) -> float:
        return round(waits[round(share * (len(waits) - 1))], 2)

    quantiles = {f"p{share}": quantile(share / 100) for share in (5, 25, 75, 95, 99)}
    return {
        "events": len(waits),
        "seed": seed,
        "merge_s": MERGE_S,
        "seconds": {"min": quantile(0), "median": round(median(waits), 2), **quantiles},
        "max_s": quantile(1),
        "p95_beyond_the_window_s": round(quantile(0.95) - MERGE_S, 2),
        "wanted_s": WANTED_S,
        "requests": requests,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
