"""Who may write a course: one at a time, for a term of the database's clock, told by an epoch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db.models.functions import Now

from sync import leases
from sync.alive import this_worker
from sync.clock import in_seconds
from sync.ended_course import end_course
from sync.errors import LeaseLost
from sync.fence import Fence, fenced, hold
from sync.models import Lease, Run
from sync.rollups import roll_up
from sync.runlog import close_run, report_of
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import COURSE

DEAD = f"{this_worker().rpartition(' ')[0]} 1|1"


def take(mirror: Mirror) -> Fence | None:
    return async_to_sync(leases.take)(mirror.integration.pk, COURSE, run=mirror.run.pk)


def taken(mirror: Mirror) -> Fence:
    fence = take(mirror)
    assert fence is not None
    return fence


def test_only_one_has_a_course(mirror: Mirror) -> None:
    first = taken(mirror)
    assert take(mirror) is None
    async_to_sync(leases.release)(first)
    assert taken(mirror).epoch == first.epoch + 1


def test_courses_and_canvases_have_leases_of_their_own(mirror: Mirror, other: Mirror) -> None:
    taken(mirror)
    assert take(other) is not None
    elsewhere = async_to_sync(leases.take)(mirror.integration.pk, COURSE + 1, run=mirror.run.pk)
    assert elsewhere is not None


def test_a_term_that_is_over_frees_the_course(mirror: Mirror) -> None:
    taken(mirror)
    Lease.objects.update(expires_at=in_seconds(60), holder="another-host|0815 12|34")
    assert take(mirror) is None
    Lease.objects.update(expires_at=Now())
    assert take(mirror) is not None


def test_a_holder_of_this_machine_that_has_ended_is_not_waited_for(mirror: Mirror) -> None:
    taken(mirror)
    Lease.objects.update(holder=DEAD)
    assert take(mirror) is not None


def test_it_lasts_as_long_as_the_setting_says(mirror: Mirror, settings: Any) -> None:
    settings.LEASE_SECONDS = 1000
    taken(mirror)
    assert Lease.objects.filter(expires_at__gt=in_seconds(990)).exists()
    assert not Lease.objects.filter(expires_at__gt=in_seconds(1001)).exists()


def test_whoever_writes_renews_it(mirror: Mirror) -> None:
    fence = taken(mirror)
    Lease.objects.update(expires_at=in_seconds(1))
    hold(fence)
    assert Lease.objects.filter(expires_at__gt=in_seconds(30)).exists()


def test_giving_back_what_another_has_by_now_takes_nothing_from_it(mirror: Mirror) -> None:
    first = taken(mirror)
    Lease.objects.update(expires_at=Now())
    second = taken(mirror)
    async_to_sync(leases.release)(first)
    assert take(mirror) is None
    hold(second)


def test_nothing_of_a_transaction_is_kept_once_the_lease_is_lost(mirror: Mirror) -> None:
    fence = taken(mirror)
    Lease.objects.update(expires_at=Now())
    taken(mirror)

    async def write() -> None:
        async with fenced(fence):
            await Run.objects.acreate(integration=mirror.integration, course=4711)

    with pytest.raises(LeaseLost):
        async_to_sync(write)()
    assert not Run.objects.filter(course=4711).exists()


async def _close_run(mirror: Mirror) -> None:
    run = await Run.objects.select_related("integration").aget(pk=mirror.run.pk)
    await close_run(run, await report_of(run), fence=mirror.target.fence)


WRITERS: dict[str, Callable[[Mirror], Any]] = {
    "a batch": lambda m: m.load("sections"),
    "the end of a course": lambda m: async_to_sync(end_course)(COURSE, m.target),
    "the closing of tables": lambda m: m.close("sections"),
    "roll-ups": lambda m: async_to_sync(roll_up)(
        COURSE, integration=m.integration.pk, fence=m.target.fence
    ),
    "the close of a run": lambda m: async_to_sync(_close_run)(m),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_every_room_that_writes_is_refused(loaded: Mirror, write: Callable[[Mirror], Any]) -> None:
    fence = taken(loaded)
    loaded.target.fence = Fence(lease=fence.lease, epoch=fence.epoch - 1, run=fence.run)
    with pytest.raises(LeaseLost):
        write(loaded)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_reach_for_it_at_once_one_gets_it(mirror: Mirror) -> None:
    async def reach() -> list[Fence | None]:
        reached = (
            sync_to_async(leases._take, thread_sensitive=False)(
                mirror.integration.pk, COURSE, mirror.run.pk
            )
            for _ in range(8)
        )
        return await asyncio.gather(*reached)

    found = async_to_sync(reach)()
    assert len([fence for fence in found if fence is not None]) == 1
    assert Lease.objects.get().epoch == 1
