"""A run that was killed is gone on with, by the next sync or by its number, and it is said so."""

from __future__ import annotations

import pytest

from tests.acceptance.resuming import QuickMirror, Undisturbed

PLACE = "load.after_commit"


@pytest.fixture
def killed(quick_mirror: QuickMirror) -> QuickMirror:
    quick_mirror.killed_at(PLACE, 4)
    return quick_mirror


def test_the_next_sync_says_that_it_goes_on(killed: QuickMirror) -> None:
    said = killed.manage("sync_course", "101")
    assert said.code == 0
    assert "going on with run 1, which was killed at" in said.stderr
    assert "run 1," in said.stdout
    assert killed.runs() == [(1, "succeeded", 2)]


def test_a_run_is_gone_on_with_by_its_number(killed: QuickMirror, undisturbed: Undisturbed) -> None:
    said = killed.manage("runs", "resume", "1", "--json")
    assert (said.code, said.report["run"]) == (0, 1)
    assert said.report["resources"] == undisturbed.resources
    assert killed.runs() == [(1, "succeeded", 2)]


def test_a_run_that_came_to_its_end_is_not_gone_on_with(killed: QuickMirror) -> None:
    assert killed.sync().code == 0
    said = killed.manage("runs", "resume", "1")
    assert said.code == 2
    assert "run 1 cannot be gone on with: it came to its end" in said.stderr
    assert killed.runs() == [(1, "succeeded", 2)]


def test_whoever_wants_everything_anew_begins_a_run_of_its_own(killed: QuickMirror) -> None:
    said = killed.sync("101", "--full")
    assert (said.code, said.report["run"]) == (0, 2)
    assert killed.runs()[1] == (2, "succeeded", 1)
