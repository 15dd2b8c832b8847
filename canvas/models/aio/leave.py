"""`__aexit__` of a block: commits or rolls back, whoever comes to close it and whatever happens."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType

import structlog
from django.db.transaction import Atomic, TransactionManagementError

from canvas.models.aio.cancelling import stop_statements, to_the_end
from canvas.models.aio.errors import ConcurrentAtomicError
from canvas.models.aio.hooks import run_after_commit
from canvas.models.aio.session import Block, current_block

log = structlog.get_logger(__name__)
_OPEN = "_open_blocks"
_TURNS_OF_THE_LOOP = 5  # asyncio needs four until both generators have ended


def open_blocks_of(atomic: Atomic) -> list[Block]:
    """The blocks open through this object; one object may be entered by many tasks at once."""
    blocks: list[Block] = atomic.__dict__.setdefault(_OPEN, [])
    return blocks


async def leave(
    atomic: Atomic,
    kind: type[BaseException] | None,
    error: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    """Raises: ConcurrentAtomicError, what COMMIT raises, what a hook of `on_commit` raises."""
    block = current_block.get()
    if block is None or block.atomic is not atomic:
        block = _left_elsewhere(atomic)
    await close_block(block, kind, error, traceback)


def _left_elsewhere(atomic: Atomic) -> Block:
    """The block of a context that ended without leaving it, such as an abandoned generator."""
    blocks = open_blocks_of(atomic)
    if len(blocks) != 1:
        raise TransactionManagementError(
            "An async atomic() block was left in a context that did not enter it. Enter and leave"
            " it in the same task: 'async with' does."
        )
    return blocks[0]


async def close_block(
    block: Block,
    kind: type[BaseException] | None,
    error: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    if kind is GeneratorExit and not block.session.is_owned_by_current_task():
        log.warning(
            "atomic.abandoned",
            reason="an async generator was left before its end with an atomic() block open, which"
            " is rolled back now; do not yield inside a block",
        )
    ending = _Ending(block=block, kind=kind, error=error, traceback=traceback)
    ended, cancelled = await to_the_end(ending.run())
    _point_back(block)
    failure = ended.exception()
    if failure is None and not ending.was_closed_before and block.parent is None:
        await run_after_commit(block.session, cancelled=cancelled is not None)
    outcome = cancelled or failure or ending.complaint
    if outcome is not None:
        raise outcome


async def _loops_left_early() -> None:
    """Let the event loop end them: Python warns of a cursor that outlives its SQLite connection.

    `break` in an `aiterator()` leaves two generators, one in the other, each of which asyncio ends
    by a task of its own.
    """
    for _turn in range(_TURNS_OF_THE_LOOP):
        await asyncio.sleep(0)


def _point_back(block: Block) -> None:
    if current_block.get() is block:
        current_block.set(block.around)
        if block.parent is None:
            block.session.unfollow()
    blocks = open_blocks_of(block.atomic)
    if block in blocks:
        blocks.remove(block)


@dataclass(slots=True, kw_only=True)
class _Ending:
    """How a block ends. `complaint` is what its author must hear even if the body went well."""

    block: Block
    kind: type[BaseException] | None
    error: BaseException | None
    traceback: TracebackType | None
    complaint: ConcurrentAtomicError | None = None
    was_closed_before: bool = False

    async def run(self) -> None:
        block, session = self.block, self.block.session
        outermost = block.parent is None and session.owns_thread
        if self.kind is not None and issubclass(self.kind, asyncio.CancelledError):
            await stop_statements(session, whole=outermost)
        if outermost and session.closes_connections:
            await _loops_left_early()
        async with session.transition:
            if not block.is_open:
                self._note_that_it_was_closed()
                return
            at = session.stack.index(block)
            ending = session.stack[at:][::-1]  # innermost first; normally this one alone
            if len(ending) > 1 and self.kind is None:
                self._roll_back_for_orphans()
            for each in ending:
                each.is_open = False
            try:
                await session.run(lambda: self._end_on_thread(ending))
            finally:
                del session.stack[at:]
                for each in ending:
                    each.give_turn_back()
                if at == 0:
                    session.close()

    def _end_on_thread(self, blocks: list[Block]) -> None:
        try:
            for block in blocks:
                block.atomic.__exit__(self.kind, self.error, self.traceback)
        finally:
            if blocks[-1].parent is None:
                self.block.session.tidy()

    def _roll_back_for_orphans(self) -> None:
        self.complaint = ConcurrentAtomicError(
            "An atomic() block ended while a task started inside it still had a nested block open;"
            " all of it was rolled back. Await such tasks inside the block."
        )
        self.kind, self.error = ConcurrentAtomicError, self.complaint

    def _note_that_it_was_closed(self) -> None:
        """The block around ours ended first, and took ours with it."""
        self.was_closed_before = True
        if self.kind is None:
            self.complaint = ConcurrentAtomicError(
                "The atomic() block around this one ended first, and this one was rolled back with"
                " it. Await the task that opens the inner block inside the outer one."
            )
