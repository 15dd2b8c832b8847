"""Batches are stored in their order, though the rows of one are written while another commits."""

import asyncio

import pytest

from sync.turns import Turns


class Batches:
    """Writes batches, and keeps what happened. Each commits only once it is told to."""

    def __init__(self) -> None:
        self.turns, self.order = Turns(), list[str]()
        self.commits: dict[str, asyncio.Future[None]] = {}

    def begin(self, name: str, *, alone: bool = False) -> asyncio.Task[None]:
        self.commits[name] = asyncio.get_running_loop().create_future()
        return asyncio.get_running_loop().create_task(self._written(name, alone=alone))

    async def _written(self, name: str, *, alone: bool) -> None:
        async with self.turns.turn(alone=alone) as turn:
            self.order.append(f"{name} rows")
            await turn.before_is_stored()
            self.order.append(f"{name} ledger")
            turn.let_next_begin()
            await self.commits[name]
            self.order.append(f"{name} stored")

    async def happened(self) -> list[str]:
        for _ in range(20):
            await asyncio.sleep(0)
        return self.order


async def test_the_rows_of_the_next_are_written_while_one_commits() -> None:
    batches = Batches()
    batches.begin("a"), batches.begin("b"), batches.begin("c")
    assert await batches.happened() == ["a rows", "a ledger", "b rows"]
    batches.commits["a"].set_result(None)
    assert (await batches.happened())[3:] == ["a stored", "b ledger", "c rows"]


async def test_one_that_must_be_alone_begins_when_the_one_before_is_stored() -> None:
    batches = Batches()
    batches.begin("a"), batches.begin("b", alone=True)
    assert await batches.happened() == ["a rows", "a ledger"]
    batches.commits["a"].set_result(None)
    assert (await batches.happened())[2:] == ["a stored", "b rows", "b ledger"]


async def test_what_comes_after_one_that_was_not_stored_is_not_stored_either() -> None:
    batches = Batches()
    first, second = batches.begin("a"), batches.begin("b")
    await batches.happened()
    batches.commits["a"].set_exception(OSError("disk full"))
    assert await batches.happened() == ["a rows", "a ledger", "b rows"]
    with pytest.raises(OSError, match="disk full"):
        await first
    assert second.cancelled()


@pytest.mark.parametrize("how", ["fails", "is cancelled"])
async def test_one_of_another_source_goes_on_whatever_became_of_the_one_before(how: str) -> None:
    batches = Batches()
    first, _ = batches.begin("a"), batches.begin("b", alone=True)
    await batches.happened()
    if how == "fails":
        batches.commits["a"].set_exception(OSError("disk full"))
    else:
        first.cancel()
    await asyncio.wait([first])
    assert await batches.happened() == ["a rows", "a ledger", "b rows", "b ledger"]
    first.cancelled() or first.exception()


async def test_a_turn_that_is_given_up_while_it_waits_leaves_the_line() -> None:
    batches = Batches()
    batches.begin("a")
    second = batches.begin("b", alone=True)
    await batches.happened()
    second.cancel()
    await asyncio.wait([second])
    batches.begin("c", alone=True)
    batches.commits["a"].set_result(None)
    assert (await batches.happened())[-2:] == ["c rows", "c ledger"]
