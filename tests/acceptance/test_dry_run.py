"""`--dry-run` writes nothing in any table, whatever happens to it, and counts what a run will."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Canvas
from tests.acceptance.driver import Mirror
from tests.acceptance.test_verify_course import everything


def figures(mirror: Mirror) -> tuple[str, dict[str, tuple[Any, ...]]]:
    """The digest of the mirror; of each table how many rows it has, and the last of them."""
    counts = {
        name: (len(rows), max(rows, default=None, key=str))
        for name, rows in everything(mirror).items()
    }
    return mirror.digest(), counts


Trouble = tuple[str, str, dict[str, Any]]
TROUBLES: dict[str, tuple[int, Trouble | None]] = {
    "nothing": (0, None),
    "rejects": (3, ("bad_record", "/students/submissions", {"fields": {"score": "ten"}})),
    "a large drop": (6, ("empty_list", "/enrollments", {"keep_links": True})),
    "a tab is off": (3, ("tab_disabled_404", "/api/v1/courses/101/quizzes", {})),
}
ENDS: dict[str, tuple[int, Trouble]] = {
    "Canvas is down": (75, ("http_503_html", "/students/submissions", {})),
    "a bad answer": (1, ("teapot", "/students/submissions", {})),
    "the course is gone": (5, ("not_found_404", "/courses/101\\?", {})),
    "the token is refused": (4, ("unauthorized_401", "/assignments", {})),
}


def trouble(canvas: Canvas, found: Trouble | None) -> None:
    canvas.mutate("demo")
    if found is not None:
        kind, path, options = found
        canvas.faults.add(kind, path, times=None, **options)


@pytest.mark.parametrize("name", TROUBLES)
def test_it_leaves_no_trace_and_says_what_the_run_after_it_will(
    name: str, canvas: Canvas, synced: Mirror
) -> None:
    code, found = TROUBLES[name]
    trouble(canvas, found)
    before = figures(synced)
    rehearsed = synced.sync("101", "--dry-run")
    assert figures(synced) == before
    real = synced.sync("101", "--full")
    assert (rehearsed.code, real.code) == (code, code)
    assert rehearsed.report["resources"] == real.report["resources"]
    assert rehearsed.report["run"] is None


@pytest.mark.parametrize("name", ENDS)
def test_it_leaves_no_trace_when_canvas_fails_half_way(
    name: str, canvas: Canvas, synced: Mirror
) -> None:
    code, found = ENDS[name]
    trouble(canvas, found)
    before = figures(synced)
    assert synced.hastily("sync_course", "101", "--dry-run", "--json").code == code
    after = figures(synced)
    assert {name for name, row in after[1].items() if row != before[1][name]} == set()
    assert after == before


def test_it_leaves_no_trace_in_either_database(canvas: Canvas, either_mirror: Mirror) -> None:
    assert either_mirror.sync().code == 0
    canvas.mutate("demo")
    before = figures(either_mirror)
    assert either_mirror.sync("101", "--dry-run").code == 0
    assert figures(either_mirror) == before
