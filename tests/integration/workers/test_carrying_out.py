"""Messages that come late, twice or too early, and runs that are given up."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db.models.functions import Now

from canvas.models import CanvasIntegration
from sync.alive import this_worker
from sync.clock import in_seconds
from sync.leases import take
from sync.marks import courses_due
from sync.models import DirtyMark, Run
from workers.carrying_out import MOST_ATTEMPTS, carry_out, put_back

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_broker(settings: Any) -> None:
    settings.BROKER_URL = ""


def run_of(**facts: Any) -> Run:
    integration, _ = CanvasIntegration.objects.get_or_create(
        name="school", defaults={"base_url": "https://school.example.edu"}
    )
    queued = {"state": Run.State.QUEUED, "queue": "bulk", "course": 101}
    return Run.objects.create(integration=integration, **queued | facts)


def delivered(run: Run, *, stop: bool = False) -> Run:
    """The run after a message with its number has come."""
    ending = threading.Event()
    if stop:
        ending.set()
    async_to_sync(carry_out)(run.pk, stop=ending)
    return Run.objects.get(pk=run.pk)


def waits(run: Run) -> bool:
    return Run.objects.filter(pk=run.pk, not_before__gt=Now()).exists()


def test_a_message_that_comes_too_early_is_left_alone() -> None:
    run = run_of(not_before=in_seconds(60), attempts=3)
    after = delivered(run)
    assert (after.state, after.attempts) == ("queued", 3)


@pytest.mark.parametrize("state", ["succeeded", "partial", "held", "failed", "interrupted", "busy"])
def test_a_message_that_comes_late_is_left_alone(state: str) -> None:
    assert delivered(run_of(state=state)).state == state


def test_a_run_whose_course_is_another_s_waits_a_little() -> None:
    run, other = run_of(), run_of(state=Run.State.RUNNING)
    assert async_to_sync(take)(run.integration_id, 101, run=other.pk)
    assert delivered(run).state == "queued"
    assert waits(run)


def test_a_run_that_somebody_is_at_is_not_touched() -> None:
    run = run_of(state=Run.State.RUNNING)
    assert async_to_sync(take)(run.integration_id, 101, run=run.pk)
    assert delivered(run).state == "running"
    assert not waits(run)


def test_a_worker_that_shuts_down_leaves_the_message_to_others() -> None:
    run = run_of(dispatched_at=Now())
    assert delivered(run, stop=True).dispatched_at is None


def test_a_course_that_no_worker_survives_is_given_up() -> None:
    run = run_of(state=Run.State.RUNNING, attempts=MOST_ATTEMPTS, started_at=Now())
    after = delivered(run)
    assert (after.state, after.error and after.error["code"]) == ("failed", "worker_lost")


def test_a_refresh_that_fails_before_it_takes_its_marks_puts_them_off() -> None:
    run = run_of(targets={}, queue="realtime")  # of an integration without a token
    DirtyMark.objects.create(
        integration=run.integration, course=101, resource="course", due_at=Now()
    )
    assert delivered(run).state == "failed"
    assert courses_due() == []
    assert DirtyMark.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "after"),
    [
        ("interrupted", "queued"),
        ("failed", "queued"),
        ("running", "queued"),
        ("succeeded", "succeeded"),
        ("held", "held"),
    ],
)
def test_only_a_run_that_did_not_come_to_its_end_is_put_back(state: str, after: str) -> None:
    run = run_of(state=state, worker=this_worker())
    async_to_sync(put_back)(run, after_s=0.0)
    assert Run.objects.get(pk=run.pk).state == after


def test_a_run_that_another_has_by_now_is_not_put_back() -> None:
    run = run_of(state=Run.State.RUNNING, worker=this_worker())
    Run.objects.update(worker="another-host|0815 12|34")
    async_to_sync(put_back)(run, after_s=0.0)
    assert Run.objects.get(pk=run.pk).state == "running"
