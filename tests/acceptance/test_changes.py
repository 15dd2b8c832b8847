"""Every kind of change in Canvas is found by the next sync, exactly, and only once.

The simulator says what it changed by comparing its own listings before and after; `changes.py` has
the few cases in which the mirror says less by design, and why.
"""

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from simulator import Canvas, start
from simulator.mutations import OPERATIONS
from tests.acceptance.changes import CHANGES, Change, graded
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror

Counts = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def busy_canvas() -> Iterator[Canvas]:
    with start("tiny", throttle=False) as running:
        yield running


@pytest.fixture(scope="module")
def model(busy_canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A mirror of all courses as they are at first, to be copied."""
    mirror = new_mirror(busy_canvas.url)
    assert mirror.sync("101", "102", "103").code == 0
    return mirror


@pytest.fixture
def known(model: Mirror, busy_canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A mirror of the world as it is at first, and the world back at that moment."""
    busy_canvas.reset()
    copy = new_mirror(busy_canvas.url)
    shutil.copy(urlsplit(model.database_url).path, urlsplit(copy.database_url).path)
    return copy


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


@pytest.mark.parametrize("operation", CHANGES)
def test_a_sync_finds_exactly_what_changed_and_finds_it_once(
    operation: str, busy_canvas: Canvas, known: Mirror
) -> None:
    change = CHANGES[operation]
    effect = busy_canvas.mutate(operation, **change.fields(busy_canvas.world))
    found = known.sync(*change.sync)
    assert found.changes() == expected(effect, change)
    assert found.code == (5 if operation == "delete_course" else 0)
    before = known.rows()
    assert known.sync(*change.sync).changes() == {}
    assert known.rows() == before


def test_every_operation_changes_something(busy_canvas: Canvas) -> None:
    for operation, change in CHANGES.items():
        busy_canvas.reset()
        effect = busy_canvas.mutate(operation, **change.fields(busy_canvas.world))
        assert any(any(numbers.values()) for numbers in effect["resources"].values()), operation


def test_the_changes_of_a_working_day_are_found_on_either_database(
    canvas: Canvas, either_mirror: Mirror
) -> None:
    either_mirror.sync("101", "102", "103")
    effect = canvas.mutate("demo")
    found = either_mirror.sync("101", "102", "103")
    assert found.changes() == expected(effect, CHANGES["demo"])
    assert set(found.changes()) == {"created", "updated", "deleted"}


def test_work_hidden_by_unpublishing_is_kept_and_comes_back_as_it_was(
    busy_canvas: Canvas, known: Mirror
) -> None:
    before = known.sql("SELECT * FROM canvas_canvassubmission ORDER BY id")
    assignment = graded(busy_canvas.world).assignment_id
    for operation in ("unpublish_assignment", "publish_assignment"):
        busy_canvas.mutate(operation, assignment_id=assignment)
        found = known.sync()
        assert not {"submissions", "submission_comments"} & set(found.counts("deleted"))
    assert known.sql("SELECT * FROM canvas_canvassubmission ORDER BY id") == before


def test_a_deleted_row_keeps_its_key_and_its_marks_when_it_comes_back(
    busy_canvas: Canvas, known: Mirror
) -> None:
    row = "SELECT id, score, deleted_at IS NULL FROM canvas_canvassubmission WHERE canvas_id = {}"
    work = graded(busy_canvas.world)
    (before,) = known.sql(row.format(work.id))
    busy_canvas.mutate("set", table="submissions", id=work.id, workflow_state="deleted")
    known.sync()
    assert known.sql(row.format(work.id)) == [(*before[:2], 0)]
    busy_canvas.mutate("set", table="submissions", id=work.id, workflow_state="graded")
    assert known.sync().counts("updated")["submissions"] == 1
    assert known.sql(row.format(work.id)) == [before]
