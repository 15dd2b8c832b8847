"""`rejects` shows what could not be stored, and reads its listings again."""

from __future__ import annotations

import pytest

from simulator import Canvas
from tests.acceptance.driver import Mirror, Result

SECTIONS = "/sections"


@pytest.fixture
def set_aside(canvas: Canvas, mirror: Mirror) -> Result:
    """One section whose name is a list."""
    canvas.faults.add("bad_record", SECTIONS, fields={"name": ["canary-name"]}, times=None)
    return mirror.sync()


def test_what_is_set_aside_is_listed_without_any_value_of_it(
    set_aside: Result, mirror: Mirror
) -> None:
    (reject,) = mirror.manage("rejects", "list", "--json").report
    assert (reject["run"], reject["course"], reject["source"]) == (1, 101, "sections")
    assert "$.name" in reject["reason"]
    assert '"name": ["<text of 11>"' in reject["excerpt"]
    said = mirror.manage("rejects").stdout
    assert f"sections {reject['canvas_id']}" in said
    assert "canary" not in said + str(reject)


def test_a_retry_after_canvas_was_mended_stores_it(
    canvas: Canvas, set_aside: Result, mirror: Mirror
) -> None:
    canvas.faults.clear()
    retried = mirror.manage("rejects", "retry", "--json")
    assert (retried.code, retried.report[0]["state"]) == (0, "succeeded")
    assert retried.counts("created")["sections"] == 1
    assert mirror.manage("rejects", "list", "--json").report == []


def test_a_retry_that_fails_again_keeps_it_under_the_later_run(
    set_aside: Result, mirror: Mirror
) -> None:
    assert mirror.manage("rejects", "retry", "101").code == 3
    (reject,) = mirror.manage("rejects", "list", "--json").report
    assert reject["run"] == 2


def spoil(canvas: Canvas, count: int) -> None:
    """So many of the 88 submissions of the course get a grade that no column takes."""
    for row in canvas.world.submissions.of("course_id", 101)[:count]:
        row.grade = ["canary-grade"]  # type: ignore[assignment]


def test_more_than_a_few_records_that_cannot_be_stored_stop_the_listing(
    canvas: Canvas, synced: Mirror
) -> None:
    gone = canvas.world.enrollments.of("course_id", 101)[0]
    canvas.world.enrollments.drop(gone.id)
    spoil(canvas, 21)
    said = synced.sync("101", "--full")
    assert (said.code, said.report["state"]) == (1, "failed")
    assert said.report["error"]["code"] == "too_many_rejects"
    assert "21 of the first 88 records of submissions" in said.report["error"]["cause"]
    assert (said.counts("rejected"), said.counts("deleted")) == ({"submissions": 21}, {})
    assert "canary" not in said.stdout + said.stderr


def test_as_many_as_twenty_are_set_aside_one_by_one(canvas: Canvas, mirror: Mirror) -> None:
    spoil(canvas, 20)
    said = mirror.sync()
    assert (said.code, said.report["error"]["code"]) == (3, "records_rejected")
    assert said.counts("rejected") == {"submissions": 20}
    assert mirror.count("submission") == 68


def test_nothing_to_retry_is_said(canvas: Canvas, mirror: Mirror) -> None:
    assert mirror.sync().code == 0
    assert mirror.manage("rejects", "retry").complaints == ["rejects: nothing is set aside"]
    wrong = mirror.manage("rejects", "retry", "101")
    assert (wrong.code, "nothing is set aside of course 101" in wrong.stderr) == (2, True)
