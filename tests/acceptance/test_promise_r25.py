"""Promises R25 and R28: no work is lost with Redis, and one course does not starve the others."""

import random
from collections.abc import Iterator

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.works import ENDED, Works, opened_works, until

FIRST, COURSES = 101, 50
FLUSHES = 4
ONLY = ["sections"]


@pytest.fixture(scope="module")
def school() -> Iterator[Canvas]:
    with start("school", ticks=lambda: 0.0, throttle=False) as running:
        yield running


@pytest.fixture(scope="module")
def works(
    school: Canvas, new_mirror: NewMirror, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Works]:
    mirror = new_mirror(school.url, "postgres")
    with opened_works(school, mirror, tmp_path_factory.mktemp("works")) as opened:
        opened.worker(children=2)
        opened.beat()
        yield opened


def living(school: Canvas, number: int) -> list[int]:
    """Courses that are not deleted."""
    rows = sorted(school.world.courses, key=lambda row: row.id)
    return [row.id for row in rows if row.workflow_state != "deleted"][:number]


def test_no_run_is_lost_with_what_the_broker_forgets(
    works: Works, school: Canvas, rng: random.Random
) -> None:
    works.broker.kill()
    runs = works.queue(*living(school, COURSES), only=ONLY)
    works.broker.start()
    numbers = ", ".join(map(str, runs))
    count = f"SELECT count(*) FROM sync_run WHERE id IN ({numbers}) AND {ENDED}"
    for wanted in sorted(rng.sample(range(COURSES - 5), FLUSHES)):
        until(lambda least=wanted: works.mirror.sql(count)[0][0] >= least, what="runs that end")
        works.broker.flush()
    assert {run["state"] for run in works.ended(runs)} == {"succeeded"}
    assert works.mirror.count("course") == COURSES


def test_one_course_that_hangs_does_not_hold_up_the_others(works: Works, school: Canvas) -> None:
    hanging, *others = living(school, 21)
    school.faults.add("hang", f"/courses/{hanging}/sections", times=None)
    try:
        (stuck,) = works.queue(hanging, only=ONLY)
        running = f"SELECT 1 FROM sync_run WHERE id = {stuck} AND state = 'running'"
        until(lambda: works.mirror.sql(running), what="a run that hangs")
        ended = works.ended(works.queue(*others, only=ONLY))
        assert {run["state"] for run in ended} == {"succeeded"}
        assert works.run(stuck)["state"] == "running"
    finally:
        school.faults.clear()
