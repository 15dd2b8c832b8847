"""After whatever happened, one quiet sync makes the mirror what Canvas shows.

`WORLDS` is how many stories are told, `--hypothesis-seed` repeats them; see docs/random-worlds.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from math import ceil

import pytest
from django.db import connection
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, note, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from simulator import Canvas, start
from simulator.faults.kinds import KINDS
from simulator.mutations import OPERATIONS
from tests.acceptance.changes import living
from tests.acceptance.random_worlds.changes import CHANGES, OTHER
from tests.acceptance.random_worlds.steps import (
    NOT_HERE,
    SPOILING,
    TRANSIENT,
    Change,
    Quiet,
    Step,
    Sync,
    Trouble,
    stories,
)
from tests.acceptance.random_worlds.story import Story
from tests.acceptance.random_worlds.syncing import quiet
from tests.acceptance.random_worlds.tables import Rows, all_rows, empty_database
from tests.acceptance.resuming import SOAK

# In all, in parts which different processes can take. CI tells 60 on two kinds of database, more
# of them where a story takes less time.
WORLDS = int(os.environ.get("WORLDS", "50" if connection.vendor == "sqlite" else "10"))
STORIES_OF_A_PART = 10
PARTS = ceil(WORLDS / STORIES_OF_A_PART)
# Chance repeats a story by its seed; only a soak has the time to look for a shorter one.
PHASES = [Phase.generate, Phase.shrink] if SOAK else [Phase.generate]
CHAPTERS = 4 if SOAK else 2


@pytest.fixture(scope="module")
def still_world() -> Iterator[Canvas]:
    """The `tiny` world, whose clock goes on by steps only."""
    with start("tiny", ticks=lambda: 0.0, throttle=False) as running:
        yield running


@pytest.fixture(scope="module")
def known(still_world: Canvas, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Rows:
    """A mirror that has read the course at the first moment of its world."""
    with django_db_blocker.unblock(), override_settings(CANVAS_ALLOW_INSECURE=True):
        first = Story(still_world)
        first.begin()
        first.do(Quiet())
        rows = all_rows()
        empty_database()
    return rows


@pytest.mark.parametrize("part", range(PARTS))
def test_a_quiet_sync_makes_the_mirror_what_canvas_shows(
    part: int,
    still_world: Canvas,
    known: Rows,
    transactional_db: None,
    settings: Settings,
    pytestconfig: pytest.Config,
) -> None:
    settings.CANVAS_ALLOW_INSECURE = True
    drawn = count()

    @seed(f"{pytestconfig.option.hypothesis_seed} {part}")
    @hypothesis_settings(
        max_examples=STORIES_OF_A_PART + 1,  # with the simplest, which is always drawn first
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=PHASES,
    )
    @given(is_known=st.sampled_from((True, True, False)), steps=stories(chapters=CHAPTERS))
    def told(is_known: bool, steps: list[Step]) -> None:
        if next(drawn) == 0 and part:
            return  # the first part tells it
        story = Story(still_world, known if is_known else {})
        try:
            story.begin()
            for step in steps:
                story.do(step)
        finally:
            note("\n".join(story.happened))

    with quiet():
        told()


def test_the_old_home_of_a_section_is_read_in_full_though_the_new_one_was_synced_first(
    still_world: Canvas, known: Rows, transactional_db: None, settings: Settings
) -> None:
    """Found by chance: its work stayed until the next full reading."""
    settings.CANVAS_ALLOW_INSECURE = True
    story = Story(still_world, known)
    story.begin()
    story.do(Sync(course=OTHER))
    section = living(still_world.world, "sections", workflow_state="active")[0].id
    still_world.mutate("crosslist_section", section_id=section, course_id=OTHER)
    story.do(Quiet("plain"))
    first, *_ = (one for one in story.happened if " of 101: " in one)
    assert first.startswith("plain of 101: held")


_HUGE = Trouble("huge_int_record", "/assignments", times=None, options=6)


@pytest.mark.parametrize(
    ("told", "ended"),
    [
        (
            [
                Sync("full", troubles=(Trouble("drop_key", "/submissions", times=1, options=1),)),
                Quiet("plain"),
            ],
            "plain of 101: succeeded none",
        ),
        (
            [
                Sync("full", troubles=(Trouble("short_page", "/assignments", times=1),)),
                Change("set", chance=210),
                Quiet("plain"),
            ],
            "full of 101: succeeded none",
        ),
        (
            [
                Quiet(),
                Change("merge_users", chance=399),
                Sync("plain", troubles=(Trouble("short_page", "/enrollments", times=1),)),
                Quiet("plain"),
            ],
            "full of 101: succeeded none",
        ),
        (
            [
                Quiet(),
                Change("unenroll", chance=54),
                Sync("plain", troubles=(_HUGE,)),
                Quiet("plain"),
            ],
            "plain of 101: succeeded none",
        ),
    ],
    ids=["comments_left_out", "assessment_taken_back", "person_merged", "assignment_set_aside"],
)
def test_a_story_that_once_ended_badly(
    told: list[Step], ended: str, still_world: Canvas, transactional_db: None, settings: Settings
) -> None:
    settings.CANVAS_ALLOW_INSECURE = True
    story = Story(still_world)
    story.begin()
    for step in told:
        story.do(step)
    assert story.happened[-1].startswith(ended)


def test_work_of_a_merged_person_waits_to_be_missed_twice_after_a_drop_was_accepted(
    still_world: Canvas, known: Rows, transactional_db: None, settings: Settings
) -> None:
    """Found by chance: a held run has not looked for it, so the accepted one is the first to."""
    settings.CANVAS_ALLOW_INSECURE = True
    story = Story(still_world, known)
    story.begin()
    still_world.mutate("merge_users", from_user_id=25, into_user_id=28)
    section = living(still_world.world, "sections", workflow_state="active")[0].id
    still_world.mutate("crosslist_section", section_id=section, course_id=OTHER)
    story.do(Quiet("plain"))
    *_, accepted, last = story.happened
    assert accepted.startswith("accept of 101: succeeded")
    assert last.startswith("plain of 101: succeeded none")


def test_everything_that_the_simulator_can_do_may_happen() -> None:
    assert set(CHANGES) == set(OPERATIONS)
    assert {*TRANSIENT, *SPOILING, *NOT_HERE} == set(KINDS)
