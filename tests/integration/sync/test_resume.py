"""Which run can be gone on with, for which order, and that only one process gets it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db.models.functions import Now
from django.utils import timezone

from canvas.models import CanvasIntegration
from sync.alive import this_worker
from sync.leases import take
from sync.models import Checkpoint, Lease, Run
from sync.resume import Claimed, claim, run_to_go_on_with, why_not
from sync.runner import Order
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import COURSE

DEAD = f"{this_worker().rpartition(' ')[0]} 1|1"
EVERYTHING = Order(course=COURSE)


def stopped_run(mirror: Mirror, **changes: Any) -> Run:
    """A run that was killed five minutes after it had begun, a minute ago."""
    now = timezone.now()
    facts = {
        "state": Run.State.RUNNING,
        "worker": DEAD,
        "attempts": 1,
        "started_at": now - dt.timedelta(minutes=6),
        "alive_at": now - dt.timedelta(minutes=1),
    }
    return Run.objects.create(integration=mirror.integration, course=COURSE, **facts | changes)


def failed(code: str) -> dict[str, Any]:
    return {"state": Run.State.FAILED, "error": {"code": code}}


def gone_on_with(mirror: Mirror, order: Order = EVERYTHING) -> Claimed | None:
    return async_to_sync(run_to_go_on_with)(mirror.integration, order)


def refusal(run: Run) -> str:
    return async_to_sync(why_not)(run)


@pytest.mark.parametrize(
    ("changes", "stopped"),
    [
        ({}, "was killed at"),
        ({"state": Run.State.INTERRUPTED}, "was interrupted"),
        (failed("canvas_down"), "was stopped by canvas_down"),
        (failed("database_full"), "was stopped by database_full"),
    ],
)
def test_a_run_that_did_not_come_to_its_end_is_gone_on_with(
    mirror: Mirror, changes: dict[str, Any], stopped: str
) -> None:
    run = stopped_run(mirror, **changes)
    claimed = gone_on_with(mirror)
    assert claimed is not None
    assert claimed.run.pk == run.pk
    assert claimed.stopped.startswith(stopped)
    lease = Lease.objects.get(pk=claimed.fence.lease)
    assert (lease.run_id, lease.holder, lease.epoch) == (run.pk, this_worker(), 1)


def test_a_refresh_is_no_later_run_and_not_gone_on_with(mirror: Mirror) -> None:
    run = stopped_run(mirror)
    stopped_run(mirror, targets={}, **failed("canvas_down"))
    claimed = gone_on_with(mirror)
    assert claimed is not None
    assert claimed.run.pk == run.pk


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": Run.State.SUCCEEDED}, "it came to its end"),
        ({"state": Run.State.HELD}, "it came to its end"),
        (failed("credential_refused"), r"what it failed by (credential_refused) does not pass"),
        ({"state": Run.State.QUEUED, "started_at": None}, "it was not begun"),
        (
            {"started_at": timezone.now() - dt.timedelta(hours=2)},
            "it stored nothing for 60 minutes",
        ),
    ],
)
def test_another_run_is_left_alone_and_it_is_said_why(
    mirror: Mirror, changes: dict[str, Any], reason: str
) -> None:
    run = stopped_run(mirror, **changes)
    assert refusal(run) == reason
    assert gone_on_with(mirror) is None


@pytest.mark.parametrize(
    "holder", [this_worker(), "another-host|0815 12|34"], ids=["here", "elsewhere"]
)
def test_a_run_whose_lease_is_held_is_under_way(mirror: Mirror, holder: str) -> None:
    run = stopped_run(mirror)
    fence = async_to_sync(take)(mirror.integration.pk, COURSE, run=run.pk)
    assert fence is not None
    Lease.objects.update(holder=holder)
    assert refusal(run) == "it is under way"
    assert gone_on_with(mirror) is None
    Lease.objects.update(expires_at=Now())
    assert refusal(run) == ""


def test_a_refresh_of_what_events_named_is_no_later_reading(mirror: Mirror) -> None:
    run = stopped_run(mirror)
    stopped_run(mirror, state=Run.State.SUCCEEDED, targets={})
    assert refusal(run) == ""


def test_a_long_run_is_as_young_as_the_last_page_it_stored(mirror: Mirror) -> None:
    run = stopped_run(mirror, started_at=timezone.now() - dt.timedelta(hours=5))
    Checkpoint.objects.create(run=run, source="course")
    assert refusal(run) != ""
    Checkpoint.objects.create(run=run, source="submissions")
    assert refusal(run) == ""


def test_an_older_run_is_not_gone_on_with_once_another_has_read_the_course(mirror: Mirror) -> None:
    run = stopped_run(mirror)
    newer = stopped_run(mirror, state=Run.State.SUCCEEDED)
    assert refusal(run) == f"run {newer.pk} has read the course since"
    assert gone_on_with(mirror) is None


def test_a_run_that_waits_in_the_queue_has_read_nothing_yet(mirror: Mirror) -> None:
    run = stopped_run(mirror)
    Run.objects.create(integration=mirror.integration, course=COURSE)
    claimed = gone_on_with(mirror)
    assert claimed is not None
    assert claimed.run.pk == run.pk


@pytest.mark.parametrize(
    ("run", "order", "serves"),
    [
        ({"only": ["sections"]}, {}, False),
        ({"only": ["a", "b"]}, {"only": ("b", "a")}, True),
        ({}, {"full": True}, False),
        ({"full": True}, {}, True),
        ({}, {"accept_deletes": True}, True),
    ],
)
def test_the_order_must_be_served_by_what_the_run_reads(
    mirror: Mirror, run: dict[str, Any], order: dict[str, Any], serves: bool
) -> None:
    stopped_run(mirror, **run)
    claimed = gone_on_with(mirror, Order(course=COURSE, **order))
    assert (claimed is not None) is serves
    if claimed is not None:
        assert claimed.run.accept_deletes is order.get("accept_deletes", False)


def test_a_run_of_another_course_or_canvas_is_not_taken(mirror: Mirror, other: Mirror) -> None:
    stopped_run(mirror)
    assert gone_on_with(other) is None
    assert gone_on_with(mirror, Order(course=COURSE + 1)) is None


def test_of_two_who_want_it_one_gets_it(mirror: Mirror) -> None:
    run = stopped_run(mirror)
    same = Run.objects.get(pk=run.pk)
    assert async_to_sync(claim)(run, accept_deletes=False) is not None
    assert async_to_sync(claim)(same, accept_deletes=False) is None


def test_the_integration_of_a_claimed_run_is_loaded(mirror: Mirror) -> None:
    stopped_run(mirror)
    claimed = gone_on_with(mirror)
    assert claimed is not None
    assert isinstance(claimed.run.integration, CanvasIntegration)
