"""Batches of submissions whose rows are written while the batch before commits."""

import asyncio
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError

from canvas.models import CanvasSubmission
from sync.batch import Batch
from sync.census import Census
from sync.models import Checkpoint, Seen
from sync.sight import recall_sight
from sync.store import MirrorStore
from tests.integration.sync.conftest import mirror_of
from tests.integration.sync.loading import Mirror, batch_of
from tests.unit.transform.work_payloads import submission

pytestmark = pytest.mark.django_db(transaction=True)
BATCHES = 6


def store_of(mirror: Mirror) -> MirrorStore:
    return MirrorStore(mirror.integration, run=mirror.run.pk)


def page(number: int) -> Batch:
    """Two submissions of their own, and where the listing then is."""
    records = [submission(id=number * 10 + at, user_id=number * 10 + at) for at in (1, 2)]
    return batch_of("submissions", *records, page=number, next_url=f"https://c.edu/?p={number}")


def unstorable(batch: Batch) -> Batch:
    """Its rows can be stored and its place in the listing cannot."""
    [progress] = batch.progress
    return replace(batch, progress=[replace(progress, records=2**80)])


async def loaded() -> Mirror:
    mirror = await sync_to_async(mirror_of)("school")
    await mirror.aload_at_once()
    await mirror.anew_run()
    return mirror


async def stored() -> set[int]:
    keys = CanvasSubmission.objects.filter(canvas_id__lt=100).values_list("canvas_id", flat=True)
    return {key async for key in keys if key is not None}


async def test_many_at_once_are_all_stored_and_the_ledger_has_seen_all() -> None:
    mirror = await loaded()
    store = store_of(mirror)
    await asyncio.gather(*(store.apply(page(number)) for number in range(1, BATCHES + 1)))
    assert await stored() == {n * 10 + at for n in range(1, BATCHES + 1) for at in (1, 2)}
    place = await Checkpoint.objects.aget(run=mirror.run, source="submissions")
    assert (place.pages, place.next_url) == (BATCHES, f"https://c.edu/?p={BATCHES}")
    seen = await Seen.objects.aget(run=mirror.run, source="submissions")
    recalled = Census()
    recall_sight(recalled, bytes(seen.rows))
    assert len(recalled.of("submissions").seen) == 2 * BATCHES
    assert recalled.of("submissions").seen == store.census.of("submissions").created


async def test_what_follows_a_batch_that_cannot_be_stored_is_not_stored() -> None:
    mirror = await loaded()
    store = store_of(mirror)
    await store.apply(page(1))
    ended = await asyncio.gather(
        store.apply(unstorable(page(2))), store.apply(page(3)), return_exceptions=True
    )
    assert isinstance(ended[0], DatabaseError | OverflowError)
    assert isinstance(ended[1], asyncio.CancelledError)
    assert await stored() == {11, 12}
    assert (await Checkpoint.objects.aget(run=mirror.run, source="submissions")).pages == 1
