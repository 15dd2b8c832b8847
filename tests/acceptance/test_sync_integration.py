"""`sync_integration` finds the courses of an account and mirrors them all, or has them mirrored."""

from __future__ import annotations

from functools import partial

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror
from tests.acceptance.test_interrupt import interrupted

LIST = "/accounts/self/courses"


def test_all_courses_of_the_account_are_mirrored(canvas: Canvas, mirror: Mirror) -> None:
    done = mirror.manage("sync_integration", "--json")
    assert done.code == 0, done.stderr
    assert (done.report["schema"], done.report["integration"]) == (1, "default")
    assert done.report["discovered"]["listed"] == done.report["discovered"]["new"] == 3
    assert [run["course"] for run in done.report["runs"]] == [101, 102, 103]
    assert {run["state"] for run in done.report["runs"]} == {"succeeded"}
    assert len(canvas.requests.matching(LIST)) == 1
    assert mirror.count("course") == 3
    assert mirror.sql("SELECT count(*) FROM sync_syncschedule") == [(4,)]


def test_a_line_a_course_and_the_worst_of_them_is_the_exit(canvas: Canvas, mirror: Mirror) -> None:
    canvas.faults.add("bad_record", "courses/102/students/submissions", fields={"score": "ten"})
    done = mirror.manage("sync_integration", "default")
    lines = done.stdout.splitlines()
    assert done.code == 3
    assert [line.partition(" (")[0] for line in lines] == [
        "1/3 course 101 of default: succeeded",
        "2/3 course 102 of default: partial",
        "3/3 course 103 of default: succeeded",
    ]
    assert "3 courses listed, 3 of them new, 3 to be synced" in done.stderr


def test_a_course_that_canvas_deleted_ends_here_and_fails_nothing(
    canvas: Canvas, synced: Mirror
) -> None:
    canvas.mutate("delete_course", course_id=101)
    done = synced.manage("sync_integration", "--term", "2", "--json")
    assert done.code == 0, done.stderr
    assert [run["state"] for run in done.report["runs"]] == ["succeeded", "failed"]
    assert synced.count("course", "canvas_id = 101 AND deleted_at IS NOT NULL") == 1
    again = synced.manage("sync_integration", "--term", "2", "--json")
    assert [run["course"] for run in again.report["runs"]] == [102]


def test_runs_wait_for_workers_where_that_is_asked_for(canvas: Canvas, mirror: Mirror) -> None:
    done = mirror.manage("sync_integration", "--queue", "--json")
    assert (done.code, len(done.report["queued"])) == (0, 3)
    assert "the runs wait until a worker" in done.stderr
    waiting = mirror.sql("SELECT course, trigger, queue, state FROM sync_run ORDER BY id")
    assert waiting == [(course, "command", "bulk", "queued") for course in (101, 102, 103)]
    again = mirror.manage("sync_integration", "--queue", "--state", "available,unpublished")
    assert again.stdout.startswith("0 runs queued")
    assert "3 have a run that waits or is under way already" in again.stderr


def test_paused_courses_are_left_out(canvas: Canvas, mirror: Mirror) -> None:
    assert mirror.manage("sync_integration", "--queue").code == 0
    assert mirror.manage("schedule", "set", "101", "102", "--pause").code == 0
    done = mirror.manage("sync_integration", "--inline", "--json")
    assert [run["course"] for run in done.report["runs"]] == [103]
    assert "2 are left out: they are paused" in done.stderr


@pytest.mark.parametrize(
    ("path", "states", "advice"),
    [
        (LIST, [], "stopped before any course was begun; run the same command again"),
        ("/sections", ["interrupted"], "2 courses were not begun; run the same command again"),
    ],
)
def test_ctrl_c_ends_after_the_page_and_says_how_to_go_on(
    new_mirror: NewMirror, path: str, states: list[str], advice: str
) -> None:
    with start("tiny", throttle=False, latency_s=0.1) as slow:
        mirror = new_mirror(slow.url)
        begin = partial(mirror.start, "sync_integration", "--json")
        done = mirror.end(interrupted(slow, begin, path))
    assert done.code == 130, done.stderr
    assert [run["state"] for run in done.report["runs"]] == states
    assert advice in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("nowhere",), 2, "no integration is called nowhere"),
        (("--state", "available,gone"), 2, "courses have no state gone; next: use some of"),
        (("--term", "77"), 2, "default has no term 77"),
        (("--term", "spring"), 2, "invalid Canvas course id"),
        (("--queue", "--inline"), 2, "not allowed with"),
    ],
)
def test_what_does_not_exist_is_named(
    canvas: Canvas, mirror: Mirror, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    done = mirror.manage("sync_integration", *arguments, "--json")
    assert (done.code, complaint in done.stderr) == (code, True), done.stderr
    assert done.report["error"]["code"] == "usage"
    assert mirror.count("course") == 0


def test_a_refused_token_is_said(canvas: Canvas, mirror: Mirror) -> None:
    mirror.token = mirror.environment["CANVAS_TOKEN"] = "revoked-5f81c0d2"
    assert mirror.manage("sync_integration").code == 4


def test_who_may_not_see_the_list_is_told_what_to_do(canvas: Canvas, mirror: Mirror) -> None:
    mirror.token = mirror.environment["CANVAS_TOKEN"] = "teacher-5f81c0d2"
    done = mirror.manage("sync_integration")
    assert done.code == 5
    assert "see the list of courses of the account" in done.stderr
