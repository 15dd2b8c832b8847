"""Promises R25, R28 and R37: no work is lost with Redis, no event either, and no course starves."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.works import ENDED, Works, opened_works, until
from tests.web import web_server

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
        opened.keep(lambda: opened.worker(children=2))
        opened.keep(opened.beat)
        yield opened


def test_r37_events_are_taken_while_redis_is_down_and_lead_to_their_rows_once_it_is_back(
    works: Works, school: Canvas, tmp_path: Path
) -> None:
    (course,) = living(school, 1)
    works.ended(works.queue(course))
    submission = next(iter(school.world.submissions.of("course_id", course)))
    stored = "SELECT count(*) FROM sync_webhookevent"
    environment = works.mirror.environment | {"WEBHOOK_KEYS_URL": school.live_events.keys_url}
    with web_server(tmp_path / "web.log", **environment) as web:
        ((uuid,),) = works.mirror.sql("SELECT uuid FROM canvas_canvasintegration")
        school.live_events.subscribe(f"{web.url}/webhooks/canvas/{uuid}/")
        works.broker.kill()
        school.mutate("grade_submission", submission_id=submission.id, score=7.25)
        school.live_events.wait()
        assert {one.state for one in school.live_events.deliveries} == {"delivered"}
        assert works.mirror.sql(stored)[0][0] > 0
        said = tmp_path / "web.log"
        until(lambda: "waker.no_broker" in said.read_text(), what="a broker that is missed")
        works.broker.start()
        score = f"SELECT score FROM canvas_canvassubmission WHERE canvas_id = {submission.id}"
        until(lambda: works.mirror.sql(score) == [(7.25,)], what="the grade in its row")


def living(school: Canvas, number: int) -> list[int]:
    """Courses that are not deleted."""
    rows = sorted(school.world.courses, key=lambda row: row.id)
    return [row.id for row in rows if row.workflow_state != "deleted"][:number]


def test_r25_no_run_is_lost_with_what_the_broker_forgets(
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


def test_r28_one_course_that_hangs_does_not_hold_up_the_others(
    works: Works, school: Canvas
) -> None:
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
