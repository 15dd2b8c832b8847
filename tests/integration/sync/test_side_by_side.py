"""Batches that are cancelled, and rehearsals beside each other, in transactions of their own."""

import asyncio
import random

import pytest

from canvas.models import CanvasIntegration, CanvasSection
from sync.closing import Closing
from sync.store import RehearsalStore
from tests.integration.sync.conftest import mirror_of
from tests.integration.sync.loading import EVERYTHING, Mirror, all_gone, batch_of
from tests.unit.transform.payloads import COURSE, course, enrollment, section, user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mirror(transactional_db: None) -> Mirror:
    mirror = mirror_of("school")
    mirror.load("course", course())
    return mirror


async def test_what_was_committed_is_counted_though_it_was_cancelled(
    mirror: Mirror, rng: random.Random
) -> None:
    loop, number = asyncio.get_running_loop(), 0
    whole_s = 0.0
    for number in range(1, 101):
        began = loop.time()
        task = asyncio.create_task(mirror.awrite(batch_of("sections", section(id=number))))
        if number > 10:  # the last moments of a batch, where the commit is on its way
            await asyncio.sleep(whole_s * rng.uniform(0.6, 1.1))
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if number <= 10:
            whole_s = loop.time() - began
    stored = await CanvasSection.objects.acount()
    assert mirror.counts("sections").created == stored


async def rehearse(integration: CanvasIntegration, *sources: str) -> None:
    people = [enrollment(id=n, user_id=n, user=user(id=n)) for n in range(1, 301)]
    records = {
        "enrollments": people,
        "sections": [section(id=number) for number in range(1, 301)],
    }
    store = RehearsalStore(integration)
    for source in sources:
        await store.apply(batch_of(source, *records[source]))
    found = await store.candidates(COURSE, EVERYTHING, accept_deletes=True)
    findings = all_gone(found)
    await store.close(Closing(candidates=found, findings=findings, proofs=EVERYTHING, complete={}))


async def test_rehearsals_in_different_orders_wait_for_each_other(mirror: Mirror) -> None:
    await asyncio.gather(
        rehearse(mirror.integration, "sections", "enrollments"),
        rehearse(mirror.integration, "enrollments", "sections"),
    )
    assert not await CanvasSection.objects.aexists()
