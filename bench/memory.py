"""Memory of a sync that reads ten times as many submissions (promise R8).

    python -m tests.servers -- python -m bench.memory [--few 50000] [--many 500000]

The Canvas is a lean one that makes its pages when they are asked for. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from bench.first_load import ROOT, Measured, empty_mirror, manage, run_lines

COURSE: Final = 101
ASSIGNMENTS: Final = 50
PAGE: Final = 100
BODY: Final = "The cell divides, and then it divides again. " * 20
WANTED: Final = 1.1


class LeanCanvas(BaseHTTPRequestHandler):
    """One course, its assignments, `submissions` of them; every other listing is empty."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    submissions = 0

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        place = int(parse_qs(address.query).get("page", ["bookmark:0"])[0].partition(":")[2])
        found, has_next = self._answer(address.path, place)
        body = msgspec.json.encode(found)
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        base = f"http://{self.headers['Host']}{address.path}?per_page={PAGE}&page=bookmark:"
        links = [f'<{base}{place}>; rel="current"']
        links += [f'<{base}{place + 1}>; rel="next"'] if has_next else []
        self.send_header("Link", ",".join(links))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str, place: int) -> tuple[Any, bool]:
        if path.endswith("/users/self"):
            return {"id": 1, "name": "Lean"}, False
        if path.endswith(f"/courses/{COURSE}"):
            return {"id": COURSE, "name": "Biology", "workflow_state": "available"}, False
        if path.endswith("/assignments"):
            numbers = range(1, ASSIGNMENTS + 1)
            return [_assignment(number) for number in numbers], False
        if path.endswith("/students/submissions"):
            first = place * PAGE
            last = min(first + PAGE, self.submissions)
            return [_submission(number) for number in range(first, last)], last < self.submissions
        return [], False

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def _assignment(number: int) -> Measured:
    return {"id": number, "name": f"Lab {number}", "published": True, "overrides": []}


def _submission(number: int) -> Measured:
    return {
        "id": 1_000_000 + number,
        "assignment_id": number % ASSIGNMENTS + 1,
        "user_id": number // ASSIGNMENTS,
        "workflow_state": "graded",
        "attempt": 1,
        "submitted_at": "2026-09-07T20:00:00Z",
        "score": number % 100 / 2,
        "grade": str(number % 100 / 2),
        "graded_at": "2026-09-08T08:00:00Z",
        "body": BODY,
        "late": False,
        "missing": False,
        "seconds_late": 0,
        "submission_comments": [],
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--few", type=int, default=50_000)
    options.add_argument("--many", type=int, default=500_000)
    chosen = options.parse_args()
    few, many = (measure(count) for count in (chosen.few, chosen.many))
    document = {
        "few": few,
        "many": many,
        "ratios": {name: round(many[name] / few[name], 3) for name in ("first_mb", "again_mb")},
        "wanted": WANTED,
    }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def measure(submissions: int) -> Measured:
    """Peak of a first load and of a second reading of everything, in MiB."""
    subprocess.run([*manage("migrate"), "-v", "0"], cwd=ROOT, check=True, stdout=sys.stderr)
    empty_mirror()
    with serving(submissions) as url:
        first, again = _sync(url), _sync(url)
    assert first["seen"] == again["seen"] == submissions, (first, again)
    return {
        "submissions": submissions,
        "first_mb": first["peak_mb"],
        "again_mb": again["peak_mb"],
        "first_s": first["seconds"],
        "again_s": again["seconds"],
    }


@contextmanager
def serving(submissions: int) -> Iterator[str]:
    handler = type("Serving", (LeanCanvas,), {"submissions": submissions})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _sync(url: str) -> Measured:
    ours = {"CANVAS_URL": url, "CANVAS_TOKEN": "memory-bench", "CANVAS_ALLOW_INSECURE": "1"}
    command = [*manage("sync_course")[1:], str(COURSE), "--full", "--json"]
    lines = run_lines([sys.executable, "-m", "bench.peak", *command], os.environ | ours)
    report, used = json.loads(lines[0]), json.loads(lines[1])
    seen = report["resources"]["submissions"]["seen"]
    return {"seen": seen, "seconds": report["seconds"], **used}


if __name__ == "__main__":
    main()
