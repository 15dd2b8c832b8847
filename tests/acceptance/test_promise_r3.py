"""A sync without a change in Canvas writes no mirrored row (promise R3)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror, Result

WRITES = (
    "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables "
    "WHERE relname LIKE 'canvas_canvas%' ORDER BY relname"
)
FIGURES_DUE_S = 10.0
AN_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Everything of a mirror before a second sync, what that said, and everything after it."""

    mirror: Mirror
    before: dict[str, list[tuple[Any, ...]]]
    said: Result
    after: dict[str, list[tuple[Any, ...]]]
    written_before: list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def moving_canvas() -> Iterator[Canvas]:
    with start("tiny") as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def again(request: pytest.FixtureRequest, moving_canvas: Canvas, new_mirror: NewMirror) -> Again:
    """A second sync, of everything, an hour of Canvas's time after the first."""
    mirror = new_mirror(moving_canvas.url, request.param)
    assert mirror.sync("101", "102").code == 0
    written, before = settled_writes(mirror), mirror.rows()
    moving_canvas.mutate("advance_clock", seconds=AN_HOUR)
    said = mirror.sync("101", "102", "--full")
    return Again(
        mirror=mirror, before=before, said=said, after=mirror.rows(), written_before=written
    )


def settled_writes(mirror: Mirror) -> list[tuple[Any, ...]]:
    """PostgreSQL's own count of writes, once all sessions have reported theirs; else nothing."""
    if not mirror.is_postgres:
        return []
    deadline, rows = time.monotonic() + FIGURES_DUE_S, sum(map(len, mirror.rows().values()))
    while time.monotonic() < deadline:
        left, written = mirror.is_left(), mirror.sql(WRITES)
        if left and sum(inserted for _, inserted, _, _ in written) >= rows:
            return written
        time.sleep(0.1)
    raise AssertionError("PostgreSQL has not counted the rows of the first sync")


def test_a_second_sync_finds_every_row_unchanged(again: Again) -> None:
    assert again.said.code == 0
    assert again.said.changes() == {}
    assert again.said.counts("unchanged") == again.said.counts("seen")
    assert again.said.counts("unchanged")["submissions"] > 80


def test_a_second_sync_leaves_every_column_of_every_row_alone(again: Again) -> None:
    """`changed_at` among them."""
    assert again.after == again.before


def test_postgres_counts_no_write_to_a_mirrored_table(again: Again) -> None:
    if again.mirror.is_postgres:
        runs = "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'sync_run'"
        deadline = time.monotonic() + FIGURES_DUE_S
        while again.mirror.sql(runs) != [(4,)]:  # so the second sync's figures are in
            assert time.monotonic() < deadline, again.mirror.sql(runs)
            time.sleep(0.1)
        assert again.mirror.sql(WRITES) == again.written_before
        assert sum(inserted for _, inserted, _, _ in again.written_before) > 200


def test_work_that_becomes_missing_as_time_passes_is_refreshed_but_not_called_changed(
    moving_canvas: Canvas, new_mirror: NewMirror
) -> None:
    mirror = new_mirror(moving_canvas.url)
    mirror.sync()
    missing = mirror.count("submission", "missing")
    moving_canvas.mutate("advance_clock", seconds=40 * 24 * AN_HOUR)
    said = mirror.sync()
    assert said.changes() == {}
    assert mirror.count("submission", "missing") > missing
