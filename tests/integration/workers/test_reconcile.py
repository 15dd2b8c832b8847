"""What is put right after workers and commands that are gone."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db.models.functions import Now

from canvas.models import CanvasIntegration
from sync.alive import this_worker
from sync.clock import in_seconds
from sync.leases import take
from sync.models import Chore, Lease, Run
from workers.chore_turns import take_turn
from workers.reconcile import UNBEGUN_S, reconcile
from workers.renewal import begin_anew

pytestmark = pytest.mark.django_db
DEAD = f"{this_worker().rpartition(' ')[0]} 1|1"
ELSEWHERE = "another-host|0815 12|34"


def run_of(**facts: Any) -> Run:
    integration, _ = CanvasIntegration.objects.get_or_create(
        name="school", defaults={"base_url": "https://school.example.edu"}
    )
    running = {"state": Run.State.RUNNING, "queue": "bulk", "attempts": 1, "course": 101}
    return Run.objects.create(integration=integration, **running | facts)


def leased(run: Run, **facts: Any) -> Run:
    assert async_to_sync(take)(run.integration_id, run.course, run=run.pk)
    Lease.objects.update(**facts)
    return run


def state_after(run: Run) -> tuple[str, str]:
    async_to_sync(reconcile)()
    run.refresh_from_db()
    return run.state, run.queue


@pytest.mark.parametrize("holder", [ELSEWHERE, None], ids=["of another machine", "of this one"])
def test_a_run_whose_lease_is_held_is_left_alone(holder: str | None) -> None:
    run = leased(run_of(), holder=holder or this_worker())
    assert state_after(run) == ("running", "bulk")


@pytest.mark.parametrize(
    "facts",
    [{"expires_at": Now()}, {"holder": DEAD}, {"run": None}],
    ids=["its term is over", "its holder has ended", "it was given back"],
)
def test_a_run_without_a_holder_waits_in_its_queue_again(facts: dict[str, Any]) -> None:
    run = leased(run_of(), holder=ELSEWHERE)
    Lease.objects.update(**facts)
    assert state_after(run) == ("queued", "bulk")
    assert run.attempts == 1


def test_the_lease_of_another_run_of_the_course_says_nothing_for_this_one() -> None:
    leased(run_of())
    assert state_after(run_of()) == ("queued", "bulk")


def test_a_command_that_was_killed_is_gone_on_with_by_a_worker() -> None:
    assert state_after(run_of(queue="")) == ("queued", "scheduled")


def test_a_command_that_was_killed_before_it_began_is_carried_out_too() -> None:
    young = run_of(queue="", state=Run.State.QUEUED)
    old = run_of(queue="", state=Run.State.QUEUED)
    Run.objects.filter(pk=old.pk).update(created_at=in_seconds(-UNBEGUN_S))
    assert state_after(old) == ("queued", "scheduled")
    assert state_after(young) == ("queued", "")


@pytest.mark.parametrize("state", ["succeeded", "failed", "interrupted", "busy"])
def test_what_has_ended_stays_ended(state: str) -> None:
    assert state_after(run_of(state=state))[0] == state


def test_a_run_that_cannot_be_gone_on_with_is_closed_and_another_queued() -> None:
    run = run_of(only=["sections"], full=True, trigger="schedule", priority=3)
    async_to_sync(begin_anew)(run, because="it stored nothing for 60 minutes")
    run.refresh_from_db()
    assert (run.state, run.error["code"]) == ("failed", "worker_lost")
    another = Run.objects.exclude(pk=run.pk).get()
    assert (another.state, another.queue, another.attempts) == ("queued", "bulk", 0)
    assert (another.only, another.full, another.priority) == (["sections"], True, 3)
    async_to_sync(begin_anew)(run, because="somebody was slower")
    assert Run.objects.count() == 2


def test_a_chore_is_done_once_each_time() -> None:
    due = async_to_sync(take_turn)
    assert due("sweep", every_s=60)
    assert not due("sweep", every_s=60)
    Chore.objects.update(next_at=in_seconds(-3 * 60))
    assert due("sweep", every_s=60)
    assert not due("sweep", every_s=60)
