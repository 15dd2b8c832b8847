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


def test_nothing_to_retry_is_said(canvas: Canvas, mirror: Mirror) -> None:
    assert mirror.sync().code == 0
    assert mirror.manage("rejects", "retry").complaints == ["rejects: nothing is set aside"]
    wrong = mirror.manage("rejects", "retry", "101")
    assert (wrong.code, "nothing is set aside of course 101" in wrong.stderr) == (2, True)
