"""Slots are kept while they are held, and nothing runs when none is."""

import asyncio

from workers.slots import Slots


class Kept:
    """Counts down to a number of reminders, and remembers what was in them."""

    def __init__(self) -> None:
        self.reminders: asyncio.Queue[frozenset[str]] = asyncio.Queue()

    async def __call__(self, names: frozenset[str]) -> None:
        self.reminders.put_nowait(names)

    async def next(self) -> frozenset[str]:
        return await asyncio.wait_for(self.reminders.get(), 30)


async def test_held_slots_are_kept_again_and_again() -> None:
    kept = Kept()
    slots = Slots(kept, every_s=0.01)
    slots.hold("one")
    slots.hold("two")
    assert [await kept.next() for _ in range(3)] == [frozenset({"one", "two"})] * 3
    slots.drop("one")
    slots.drop("two")


async def test_a_slot_that_was_dropped_is_not_kept() -> None:
    kept = Kept()
    slots = Slots(kept, every_s=0.01)
    slots.hold("one")
    slots.hold("two")
    slots.drop("one")
    assert await kept.next() == frozenset({"two"})
    slots.drop("two")


async def test_without_slots_nobody_is_reminded() -> None:
    kept = Kept()
    slots = Slots(kept, every_s=0.01)
    slots.hold("one")
    slots.drop("one")
    await asyncio.sleep(0.1)
    assert kept.reminders.empty()
    slots.hold("two")
    assert await kept.next() == frozenset({"two"})
    slots.drop("two")
