"""Every kind of change in Canvas is found by the next sync, exactly, and only once.

The simulator says what it changed by comparing its own listings before and after; `changes.py` has
the few cases in which the mirror says less by design, and why.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import Canvas
from simulator.mutations import OPERATIONS
from tests.acceptance.changes import AREAS, CHANGES, Change, graded
from tests.acceptance.conftest import LATER_S, NewMirror
from tests.acceptance.driver import Mirror

ALL = ("101", "102", "103")
Counts = dict[str, dict[str, int]]


@pytest.fixture
def known(model_of: Callable[..., Path], canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A mirror of all courses."""
    model = model_of(*ALL)
    canvas.reset()
    canvas.world.clock.advance(LATER_S)
    return new_mirror(canvas.url, like=model)


def expected(effect: dict[str, Any], change: Change) -> Counts:
    """Kind of change → resource → number: what Canvas says, but for what the mirror leaves out."""
    counts: Counts = {}
    for resource, numbers in effect["resources"].items():
        left_out = change.only_in_canvas.get(resource, set())
        for name, number in numbers.items():
            if number and name not in left_out:
                counts.setdefault(name, {})[resource] = number
    return counts


def test_every_operation_of_the_simulator_is_tried() -> None:
    assert set(CHANGES) == set(OPERATIONS)


@pytest.mark.parametrize("area", AREAS)
def test_a_sync_finds_exactly_what_changed_and_finds_it_once(
    area: str, canvas: Canvas, known: Mirror
) -> None:
    """What one change left behind would be found with the next, so the last proves them all."""
    for operation in AREAS[area]:
        change = CHANGES[operation]
        effect = canvas.mutate(operation, **change.fields(canvas.world))
        found = known.sync(*change.sync)
        assert (operation, found.changes()) == (operation, expected(effect, change))
        assert (operation, found.code) == (operation, change.code)
    before = known.rows()
    assert known.sync("102", "101").changes() == {}
    assert known.rows() == before


def test_every_operation_changes_something(canvas: Canvas) -> None:
    for operation, change in CHANGES.items():
        canvas.reset()
        effect = canvas.mutate(operation, **change.fields(canvas.world))
        assert any(any(numbers.values()) for numbers in effect["resources"].values()), operation


def test_the_changes_of_a_working_day_are_found_on_either_database(
    canvas: Canvas, either_mirror: Mirror
) -> None:
    either_mirror.sync(*ALL)
    effect = canvas.mutate("demo")
    found = either_mirror.sync(*ALL)
    assert found.changes() == expected(effect, CHANGES["demo"])
    assert set(found.changes()) == {"created", "updated", "deleted"}


def test_work_hidden_by_unpublishing_is_kept_and_comes_back_as_it_was(
    canvas: Canvas, known: Mirror
) -> None:
    before = known.sql("SELECT * FROM canvas_canvassubmission ORDER BY id")
    assignment = graded(canvas.world).assignment_id
    for operation in ("unpublish_assignment", "publish_assignment"):
        canvas.mutate(operation, assignment_id=assignment)
        found = known.sync()
        assert not {"submissions", "submission_comments"} & set(found.counts("deleted"))
    assert known.sql("SELECT * FROM canvas_canvassubmission ORDER BY id") == before


def test_a_deleted_row_keeps_its_key_and_its_marks_when_it_comes_back(
    canvas: Canvas, known: Mirror
) -> None:
    row = "SELECT id, score, deleted_at IS NULL FROM canvas_canvassubmission WHERE canvas_id = {}"
    work = graded(canvas.world)
    (before,) = known.sql(row.format(work.id))
    canvas.mutate("set", table="submissions", id=work.id, workflow_state="deleted")
    known.sync("101", "--full")
    assert known.sql(row.format(work.id)) == [(*before[:2], 0)]
    canvas.mutate("set", table="submissions", id=work.id, workflow_state="graded")
    assert known.sync("101", "--full").counts("updated")["submissions"] == 1
    assert known.sql(row.format(work.id)) == [before]
