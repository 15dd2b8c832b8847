"""R2: the next run after any crash comes to what an undisturbed run comes to.

A mirror that knows the course is where a forgotten sight would delete rows that are there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.nursery import Nursery
from tests.acceptance.resuming import (
    OFTEN_PASSED,
    SOAK,
    QuickMirror,
    Undisturbed,
    with_small_pages,
)

AN_HOUR = 3600.0
# What is killed where; `--full` reads submissions as one listing, otherwise only what changed.
CASES = {
    "everything is read again": ("load.before_commit:9", "--full"),
    "the submissions are half read": ("load.after_commit:14", "--full"),
    "only changes are read": ("load.before_commit:11",),
    "some tables are closed": ("closing.after_commit:6", "--full"),
    "some tables are closed after changes": ("closing.after_commit:13",),
}
ROUNDS = 34 if SOAK else 2
KILLS = 3


@pytest.fixture(scope="module")
def moved_canvas() -> Iterator[Canvas]:
    with start("tiny", ticks=lambda: 0.0, throttle=False) as running:
        yield with_small_pages(running)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def knowing(
    request: pytest.FixtureRequest, moved_canvas: Canvas, new_mirror: NewMirror, nursery: Nursery
) -> dict[str, QuickMirror]:
    """Mirrors that read the course before it changed: one per case, and two that are spared."""
    with_small_pages(moved_canvas)
    first = QuickMirror(new_mirror(moved_canvas.url, request.param), nursery)
    assert first.sync().code == 0
    change(moved_canvas)
    return {
        name: QuickMirror(new_mirror(moved_canvas.url, request.param, like=first.place()), nursery)
        for name in (*CASES, "--full", "")
    }


def change(canvas: Canvas) -> None:
    """An hour later: a group, a section and work are gone, somebody came, work was graded."""
    canvas.world.clock.advance(AN_HOUR)
    world = canvas.world
    canvas.mutate("delete_group", group_id=world.groups.of("course_id", 101)[0].id)
    graded = [row for row in world.submissions if row.workflow_state == "submitted"]
    for row in graded[:3]:
        canvas.mutate("grade_submission", submission_id=row.id, score=7.0)
    canvas.mutate("enroll", course_id=101)


@pytest.fixture(scope="module")
def spared(knowing: dict[str, QuickMirror]) -> dict[str, Undisturbed]:
    """By option: what an undisturbed run comes to now."""
    return {
        option: Undisturbed.made(knowing[option], *("101", option)[: 1 + bool(option)])
        for option in ("--full", "")
    }


@pytest.mark.parametrize("case", CASES)
def test_r2_a_mirror_that_knows_the_course_loses_and_gains_what_it_should(
    knowing: dict[str, QuickMirror], spared: dict[str, Undisturbed], case: str
) -> None:
    mirror, (place, *options) = knowing[case], CASES[case]
    name, _, time = place.partition(":")
    mirror.killed_at(name, int(time), "101", *options)
    said, digest = mirror.sync_and_digest("101", *options)
    expected = spared["".join(options)]
    assert said.report["resources"] == expected.resources
    assert digest == expected.digest
    assert mirror.runs() == [(1, "succeeded", 1), (2, "succeeded", 2)]


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_r2_a_run_killed_at_random_and_again_ends_as_if_nothing_had_happened(
    quick_mirror: QuickMirror, undisturbed: Undisturbed, rng: random.Random, turn: int
) -> None:
    chance = random.Random(f"{rng.random()} {turn}")
    for _ in range(KILLS):
        chance.choice([by_place, by_clock])(quick_mirror, undisturbed, chance)
    said, digest = quick_mirror.sync_and_digest()
    assert digest == undisturbed.digest
    if said.report["run"] == 1:
        assert said.report["resources"] == undisturbed.resources


def by_place(mirror: QuickMirror, undisturbed: Undisturbed, chance: random.Random) -> None:
    """What is left to do may never come there."""
    place = chance.choice(OFTEN_PASSED)
    time = chance.randint(1, undisturbed.last(place))
    assert mirror.sync(CRASH_AT=f"{place}:{time}").code in (0, -9)


def by_clock(mirror: QuickMirror, undisturbed: Undisturbed, chance: random.Random) -> None:
    limits = {"dies_after_s": chance.uniform(0.05, 1.5 * undisturbed.seconds)}
    assert mirror.within(limits, "sync_course", "101", "--json").code in (0, -14)
