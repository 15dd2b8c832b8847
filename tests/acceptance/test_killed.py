"""Whatever is killed while courses sync and events arrive: afterwards all is there, by itself.

Every process of the daemon in turn, Redis and PostgreSQL too, each at a moment that chance chooses.
With SOAK set it is 50 courses and 200 events.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simulator import Canvas, start
from tests.acceptance.daemons import Daemon, daemon
from tests.acceptance.driver import Mirror
from tests.acceptance.forgetful import Forgetful, forgetful_redis
from tests.acceptance.nursery import Nursery
from tests.acceptance.perishable import Perishable, perishable_postgres
from tests.acceptance.resuming import SOAK
from tests.servers import fresh_database

COURSES, EVENTS = (50, 200) if SOAK else (8, 30)
VERIFIED = COURSES if SOAK else 2
QUIET_S = 90 if SOAK else 12
# Of an assignment, of which no event tells: the next reading of the course finds it.
UNTOLD = frozenset({"graded_submissions_exist", "needs_grading_count"})
NONE: frozenset[str] = frozenset()
# Runs after which a course has everything that was told until then.
SINCE = """
    SELECT count(DISTINCT course) FROM sync_run
    WHERE state = 'succeeded' AND targets IS NULL AND started_at > {since}
"""
# What is left to do. In the large form the schedule has always something.
RUNS = "trigger = 'webhook'" if SOAK else "true"
LEFT = f"""
    SELECT (SELECT count(*) FROM sync_run WHERE state IN ('queued', 'running') AND {RUNS})
    + (SELECT count(*) FROM sync_webhookevent WHERE handled_at IS NULL)
    + (SELECT count(*) FROM sync_dirtymark)
"""


@pytest.fixture(scope="module")
def school() -> Iterator[Canvas]:
    """Only so many courses are in the account, and no term is over: those of one rest a week."""
    with start("school", throttle=False) as running:
        for term in running.world.terms:
            term.end_at = None
        living = [row for row in running.world.courses if row.workflow_state == "available"]
        for row in list(running.world.courses):
            if row not in living[:COURSES]:
                running.world.courses.drop(row.id)
        running.live_events.postman.backoff_s = 2.0
        yield running


@pytest.fixture(scope="module")
def database() -> Iterator[Perishable]:
    with perishable_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def broker() -> Iterator[Forgetful]:
    with forgetful_redis() as server:
        yield server


def victims(
    running: Daemon, database: Perishable, broker: Forgetful
) -> dict[str, Callable[[], None]]:
    """Who is killed, and how. What `up` has not started is started again here."""

    def children(words: str) -> list[int]:
        return sorted(running.find(words))

    def killed(pids: list[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def restarted(server: Perishable | Forgetful) -> None:
        server.kill()
        time.sleep(1)
        server.start()

    worker = "-Q scheduled,bulk,realtime "
    return {
        "web": lambda: killed(children("granian")[:1]),
        "a worker": lambda: killed(children(worker)[:1]),
        "a worker's child": lambda: killed(children(worker)[-1:]),
        "realtime": lambda: killed(children("-Q realtime ")),
        "beat": lambda: killed(children("workers beat ")),
        "Redis": lambda: restarted(broker),
        "PostgreSQL": lambda: restarted(database),
    }


def test_after_every_kill_all_that_was_told_is_there(
    school: Canvas,
    database: Perishable,
    broker: Forgetful,
    nursery: Nursery,
    rng: random.Random,
    tmp_path: Path,
) -> None:
    with fresh_database(database.url, name="killed") as url:
        mirror = Mirror(school.url, url, nursery=nursery)
        assert mirror.manage("migrate", "-v0").code == 0
        environment = mirror.environment | {
            "REDIS_URL": broker.url,
            "WEBHOOK_KEYS_URL": school.live_events.keys_url,
            "WEBHOOK_MERGE_SECONDS": "1",
            "WEBHOOK_SECOND_LOOK_SECONDS": "2",
            "SYNC_EVERY_MINUTES": "1",
            "LEASE_SECONDS": "5",
            "REDISPATCH_SECONDS": "3",
            "LOG_LEVEL": "INFO",
            "DEBUG": "1",
        }
        with daemon(tmp_path, **environment) as running:
            (canvas,) = running.document()["integrations"]
            school.live_events.subscribe(canvas["webhook"])
            tell_and_kill(school, victims(running, database, broker), rng)
            school.live_events.wait(timeout_s=60)
            given_up = any(one.state == "lost" for one in school.live_events.deliveries)
            if SOAK or given_up:  # what Canvas gave up is for the schedule to find
                ((now,),) = mirror.sql("SELECT now()")
                since = SINCE.format(since=f"'{now.isoformat()}'")
                running.until(lambda: mirror.sql(since) == [(COURSES,)], patience_s=600)
            running.until(lambda: mirror.sql(LEFT) == [(0,)])
            for row in rng.sample(list(school.world.courses), VERIFIED):
                verified = mirror.manage("verify_course", str(row.id), "--json")
                assert differences(verified.report, but_for=UNTOLD if not SOAK else NONE) == []
            assert running.processes(), "it is still up"


def differences(report: dict[str, Any], *, but_for: frozenset[str]) -> list[Any]:
    """What is missing, too much or different, `but_for` fields."""
    found: list[Any] = []
    for resource, rows in report["resources"].items():
        found += [(resource, key) for key in (*rows["missing"], *rows["extra"])]
        fields = {(resource, field) for row in rows["different"] for field in row["fields"]}
        found += [one for one in fields if one[1] not in but_for]
    return found


def tell_and_kill(
    school: Canvas, killing: dict[str, Callable[[], None]], rng: random.Random
) -> None:
    """Grades in all courses, and in between every kill once."""
    courses = [row.id for row in school.world.courses]
    after = dict(zip(rng.sample(range(EVENTS), len(killing)), killing, strict=True))
    for number in range(EVENTS):
        school.world.ensure(course := rng.choice(courses))
        submission = rng.choice(list(school.world.submissions.of("course_id", course)))
        score = float(rng.randint(0, 9))
        school.mutate("grade_submission", submission_id=submission.id, score=score)
        if number in after:
            killing[after[number]]()
        time.sleep(QUIET_S / EVENTS)
