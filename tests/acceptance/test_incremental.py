"""What an incremental run of a large course costs, and that it writes what changed and no more."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from simulator import Canvas, start
from simulator.mutations.grading import grade_submission
from simulator.world import rows
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror, Result

PERCENT, SEED = 500, 20_261  # of 50,000 submissions
AN_HOUR = 3600
WRITES = (
    "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables "
    "WHERE relname LIKE 'canvas_canvas%'"
)
CHANGED = (
    "SELECT canvas_id FROM sync_change WHERE kind = 'updated' AND resource = 'submissions' "
    "AND run_id = {run}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One run: what it said, what it asked for, which submissions it called changed.

    `written`: rows that PostgreSQL has counted as written to mirrored tables since they were made.
    """

    said: Result
    requests: int
    written: int
    changed: set[int]
    expected: set[int]


@dataclass(slots=True)
class Story:
    """A course of 1,000 students and 50,000 submissions, synced again and again."""

    canvas: Canvas
    mirror: Mirror

    def sync(self, expected: set[int]) -> Told:
        self.canvas.requests.clear()
        said = self.mirror.sync()
        asked = [one for one in self.canvas.requests if not one.path.startswith("/_simulator")]
        changed = self.mirror.sql(CHANGED.format(run=said.report["run"]))
        return Told(
            said=said,
            requests=len(asked),
            written=self.writes(),
            changed={int(key) for (key,) in changed},
            expected=expected,
        )

    def grade(self, found: list[rows.Submission]) -> set[int]:
        with self.canvas.world.lock:
            for row in found:
                grade_submission(self.canvas.world, row.id)
        return {row.id for row in found}

    def submissions(self) -> list[rows.Submission]:
        found = self.canvas.world.submissions.of("course_id", 101)
        return [row for row in found if row.workflow_state != "deleted"]

    def an_hour_passes(self) -> None:
        self.canvas.mutate("advance_clock", seconds=AN_HOUR)

    def writes(self) -> int:
        deadline = time.monotonic() + 20
        while not self.mirror.is_left():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return int(self.mirror.sql(WRITES)[0][0])


@pytest.fixture(scope="module")
def told(new_mirror: NewMirror) -> Iterator[dict[str, Told]]:
    """Everything; nothing; 1 % graded all over the course; 1 % in one assignment."""
    with start("course", throttle=False) as canvas:
        story = Story(canvas, new_mirror(canvas.url, "postgres"))
        told = {"everything": story.sync(set())}
        told["nothing"] = story.sync(set())
        found = random.Random(SEED).sample(story.submissions(), PERCENT)
        told["scattered"] = story.sync(story.grade(found))
        story.an_hour_passes()
        one = [row for row in story.submissions() if row.assignment_id == found[0].assignment_id]
        told["one assignment"] = story.sync(story.grade(one[:PERCENT]))
        yield told


def share(told: dict[str, Any], name: str) -> float:
    return float(told[name].requests / told["everything"].requests)


def test_a_quiet_course_takes_a_twentieth_of_the_requests(told: dict[str, Told]) -> None:
    assert told["everything"].requests > 700
    assert told["nothing"].said.changes() == {}
    assert share(told, "nothing") <= 0.05


def test_in_a_quiet_course_no_mirrored_row_is_written(told: dict[str, Told]) -> None:
    assert told["everything"].written > 50_000
    assert told["nothing"].written == told["everything"].written


@pytest.mark.parametrize("name", ["scattered", "one assignment"])
def test_one_grade_in_a_hundred_takes_a_fifteenth(name: str, told: dict[str, Told]) -> None:
    assert share(told, name) <= 0.07


@pytest.mark.parametrize("name", ["scattered", "one assignment"])
def test_exactly_the_graded_rows_are_updated(name: str, told: dict[str, Told]) -> None:
    found = told[name]
    assert found.changed == found.expected
    assert found.said.counts("updated")["submissions"] == len(found.expected) == PERCENT
    assert set(found.said.changes()) == {"updated"}
