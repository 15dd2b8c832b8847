"""R5: rows, rejects and checkpoint of a batch commit together, and are told once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator import Canvas
from tests.acceptance.resuming import QuickMirror

ONLY_SECTIONS = ("101", "--only", "sections")
SECTIONS_BATCH = 2  # after that of the course itself
BAD = {"id": 7, "name": ["no", "text"]}


@pytest.fixture(autouse=True)
def bad_record(small_canvas: Canvas) -> Iterator[None]:
    """One section that no table takes, in every answer."""
    small_canvas.faults.add("bad_record", "/sections", times=None, record=BAD)
    yield
    small_canvas.faults.clear()


def kept(mirror: QuickMirror) -> tuple[int, int, int]:
    """Sections, rejects, and how many records the checkpoint says were read."""
    [(rejects,)] = mirror.sql("SELECT count(*) FROM sync_reject")
    return mirror.stored()["sections"], rejects, mirror.told()["sections"]


@pytest.mark.parametrize("place", ["load.before_rows", "load.before_ledger", "load.before_commit"])
def test_r5_before_the_commit_nothing_of_the_batch_is_there(
    quick_mirror: QuickMirror, place: str
) -> None:
    quick_mirror.killed_at(place, SECTIONS_BATCH, *ONLY_SECTIONS)
    assert kept(quick_mirror) == (0, 0, 0)
    assert quick_mirror.sync(*ONLY_SECTIONS).code == 3
    assert kept(quick_mirror) == (1, 1, 2)


def test_r5_after_the_commit_all_of_it_is_there_and_is_told_once(
    quick_mirror: QuickMirror,
) -> None:
    quick_mirror.killed_at("load.after_commit", SECTIONS_BATCH, *ONLY_SECTIONS)
    assert kept(quick_mirror) == (1, 1, 2)
    said = quick_mirror.sync(*ONLY_SECTIONS)
    assert (said.code, said.counts("rejected")) == (3, {"sections": 1})
    assert kept(quick_mirror) == (1, 1, 2)


def test_r5_a_record_that_is_read_twice_is_set_aside_once(quick_mirror: QuickMirror) -> None:
    quick_mirror.killed_at("load.after_commit", SECTIONS_BATCH, *ONLY_SECTIONS)
    quick_mirror.change("UPDATE sync_checkpoint SET proof = NULL, next_url = NULL")
    said = quick_mirror.sync(*ONLY_SECTIONS)
    assert (said.code, said.counts("rejected")) == (3, {"sections": 1})
    assert kept(quick_mirror) == (1, 1, 2)
