"""Counting what a client did."""

from canvas.client.stats import SharedWait, Stats
from tests.unit.client.canned import Clock


async def test_waits_that_overlap_count_once() -> None:
    clock, stats = Clock(), Stats()
    waits = SharedWait(stats, clock=clock)
    with waits.wait():
        await clock.sleep(5)
        with waits.wait():
            await clock.sleep(3)
        await clock.sleep(2)
    assert stats.throttle_wait_s == 10.0


async def test_waits_one_after_another_add_up() -> None:
    clock, stats = Clock(), Stats()
    waits = SharedWait(stats, clock=clock)
    for seconds in (2.0, 3.0):
        with waits.wait():
            await clock.sleep(seconds)
        await clock.sleep(100)
    assert stats.throttle_wait_s == 5.0
