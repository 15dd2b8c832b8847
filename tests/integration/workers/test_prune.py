"""Which runs are kept no longer: refreshes of long ago that changed nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db.models import Model

from canvas.models import CanvasIntegration
from sync.clock import in_seconds
from sync.models import Change, Reject, Run, Step, SyncSchedule, Unseen, Watermark
from workers.prune import LEFT_BY_RUNS, prune

pytestmark = pytest.mark.django_db(transaction=True)

DAY_S = 24 * 3600
LONG_AGO_S = -15 * DAY_S


def refresh(**facts: Any) -> Run:
    """One that ended 15 days ago."""
    school, _ = CanvasIntegration.objects.get_or_create(
        name="school", defaults={"base_url": "https://school.example.edu"}
    )
    usual = {
        "course": 101,
        "trigger": Run.Trigger.WEBHOOK,
        "targets": {},
        "state": Run.State.SUCCEEDED,
        "finished_at": in_seconds(LONG_AGO_S),
    }
    run = Run.objects.create(integration=school, **usual | facts)
    Step.objects.create(run=run, resource="submissions", seen=1, unchanged=1)
    return run


def is_kept(run: Run) -> bool:
    async_to_sync(prune)()
    return Run.objects.filter(pk=run.pk).exists()


def test_a_refresh_that_changed_nothing_goes_with_its_steps() -> None:
    assert not is_kept(refresh())
    assert not Step.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"finished_at": in_seconds(-13 * DAY_S)},
        {"targets": None},
        {"trigger": Run.Trigger.SCHEDULE},
        {"state": Run.State.QUEUED},
        {"state": Run.State.RUNNING},
    ],
    ids=["not so long ago", "a whole course", "by the schedule", "it waits", "it is under way"],
)
def test_other_runs_are_kept(facts: dict[str, Any]) -> None:
    assert is_kept(refresh(**facts))


def _of(run: Run) -> dict[str, Any]:
    return {"integration": run.integration, "course": 101}


LEAVINGS: dict[type[Model], Callable[[Run], Model]] = {
    Change: lambda run: Change(run=run, resource="submissions", row_id=7, kind="updated"),
    Reject: lambda run: Reject(run=run, source="submissions", table="submissions"),
    Unseen: lambda run: Unseen(**_of(run), run=run, table="submissions", row_id=7),
    Watermark: lambda run: Watermark(**_of(run), run=run, source="submissions"),
    SyncSchedule: lambda run: SyncSchedule(**_of(run), last_run=run),
}


@pytest.mark.parametrize(
    "model", [model for model, _name in LEFT_BY_RUNS], ids=lambda m: m.__name__
)
def test_a_refresh_to_which_something_refers_is_kept(model: type[Model]) -> None:
    run = refresh()
    LEAVINGS[model](run).save()
    assert is_kept(run)
