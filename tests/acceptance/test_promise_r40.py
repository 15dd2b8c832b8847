"""R40: PostgreSQL and SQLite hold the same digest for the same source."""

from __future__ import annotations

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror

ODD = {
    "title": "Ünïcode 🧪 \\ \" ' % \t tab\r\nline",
    "body": "<p>" + "long " * 40_000 + "</p>",
    "score": 0.1 + 0.2,
    "entered_score": -0.0,
    "points_deducted": 1e-7,
    "grader_id": -(2**62),
    "attempt": 2**53 + 1,
    "submitted_at": "1901-02-03T04:05:06+05:45",
    "url": "",
    "unknown": {"big": 2**70, "small": 1e-320, "deep": [[[None, True, {"": "\ud83e\uddea"}]]]},
}


def both(new_mirror: NewMirror, canvas: Canvas) -> list[Mirror]:
    return [new_mirror(canvas.url, kind) for kind in ("sqlite", "postgres")]


def digests(mirrors: list[Mirror], *arguments: str) -> list[str]:
    for mirror in mirrors:
        assert mirror.sync(*arguments).code in (0, 3)
    return [mirror.digest() for mirror in mirrors]


@pytest.mark.parametrize(
    ("preset", "courses"),
    [("tiny", ("101", "102", "103")), ("school", ("101", "102"))],
    ids=["tiny", "school"],
)
def test_both_databases_hold_the_same_before_and_after_changes(
    new_mirror: NewMirror, preset: str, courses: tuple[str, ...]
) -> None:
    with start(preset, ticks=lambda: 0.0, throttle=False) as canvas:
        mirrors = both(new_mirror, canvas)
        first = digests(mirrors, *courses)
        canvas.world.clock.advance(3600)
        canvas.mutate("demo")
        later = digests(mirrors, *courses, "--full")
    assert len(set(first)) == len(set(later)) == 1
    assert first[0] != later[0]


def test_odd_values_are_the_same_in_both(new_mirror: NewMirror) -> None:
    with start("tiny", ticks=lambda: 0.0, throttle=False) as canvas:
        canvas.faults.add("bad_record", "/students/submissions", fields=ODD, times=None)
        sqlite, postgres = both(new_mirror, canvas)
        one, other = digests([sqlite, postgres])
        query = "SELECT score, grader_id, length(body) FROM canvas_canvassubmission"
        stored = [
            mirror.sql(f"{query} ORDER BY canvas_id LIMIT 1") for mirror in (sqlite, postgres)
        ]
    assert one == other
    assert stored[0] == stored[1] == [(0.1 + 0.2, -(2**62), 200_007)]
