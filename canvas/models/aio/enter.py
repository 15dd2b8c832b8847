"""`__aenter__` of a block: finds the thread it belongs to, and begins on it."""

from __future__ import annotations

import asyncio
from functools import partial

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import Atomic

from canvas.models.aio.cancelling import to_the_end
from canvas.models.aio.errors import ConcurrentAtomicError
from canvas.models.aio.executor import SessionExecutor, check_turn
from canvas.models.aio.join import joined_session, thread_in_sync_atomic
from canvas.models.aio.leave import close_block, open_blocks_of
from canvas.models.aio.pool import pool
from canvas.models.aio.routing import bridging_executor
from canvas.models.aio.session import Block, Session, block_around, current_block
from canvas.models.aio.slots import Slots


async def enter(atomic: Atomic) -> None:
    """Raises: ConcurrentAtomicError, AtomicTimeoutError, and what BEGIN raises."""
    alias = atomic.using or DEFAULT_DB_ALIAS
    around = block_around()
    if around is not None and bridging_executor() is None:
        check_turn(around.session)
        turn = await _turn_for_nested(around.session, alias)
        await _open(_block(around.session, atomic, alias=alias, parent=around, turn=turn))
        return
    thread = await thread_in_sync_atomic(alias)
    if thread is not None:
        await _open(_block(await joined_session(thread), atomic, alias=alias))
        return
    # The turn first: who queues for an SQLite file need not hold a thread while waiting.
    turn = await _taken(pool.turn_at(alias))
    try:
        worker = await pool.take(pool.for_blocks)
    except BaseException:
        if turn is not None:
            turn.release()
        raise
    give_back = partial(pool.give_back, worker, pool.for_blocks)
    session = Session(worker, give_back=give_back, owns_thread=True)
    await _open(_block(session, atomic, alias=alias, turn=turn))


def _block(
    session: Session,
    atomic: Atomic,
    *,
    alias: str,
    parent: Block | None = None,
    turn: Slots | None = None,
) -> Block:
    return Block(
        session=session,
        atomic=atomic,
        alias=alias,
        parent=parent,
        around=current_block.get(),
        turn=turn,
    )


async def _turn_for_nested(session: Session, alias: str) -> Slots | None:
    """A nested block on a second SQLite file begins a transaction there, and queues for it too."""
    if not session.owns_thread or any(block.alias == alias for block in session.stack):
        return None
    return await _taken(pool.turn_at(alias))


async def _taken(turn: Slots | None) -> Slots | None:
    if turn is not None:
        await turn.acquire()
    return turn


async def _open(block: Block) -> None:
    """Begin; from here on the context of the caller, and only it, leads to the block's thread."""
    session = block.session
    if block.parent is None:
        session.follow(SessionExecutor(session))
    begun, cancelled = await to_the_end(_begin(block))
    error = begun.exception()
    if error is not None:
        block.give_turn_back()
        if block.parent is None:
            session.close()
            session.unfollow()
        raise cancelled or error
    current_block.set(block)
    open_blocks_of(block.atomic).append(block)
    if cancelled is not None:  # BEGIN went through all the same
        try:
            await close_block(block, asyncio.CancelledError, cancelled, None)
        finally:
            raise cancelled


async def _begin(block: Block) -> None:
    session = block.session
    async with session.transition:
        _refuse_unless_innermost(block)
        session.stack.append(block)
        try:
            await session.run(partial(_begin_on_thread, block))
        except BaseException:
            session.stack.pop()
            if block.parent is None:
                await session.run(session.tidy)
            raise
        block.is_open = True


def _refuse_unless_innermost(block: Block) -> None:
    session, parent = block.session, block.parent
    if session.is_closed or (parent is not None and session.stack[-1:] != [parent]):
        raise ConcurrentAtomicError(
            "atomic() was opened in a task while another task has a nested atomic() block open on"
            " the same transaction. Tasks started inside a block share its connection: open nested"
            " blocks one at a time, or give each task its own transaction by starting it outside"
            " of the block or with canvas.models.aio.detached_task()."
        )


def _begin_on_thread(block: Block) -> None:
    block.session.arrive()
    block.atomic.__enter__()
    connection = connections[block.alias]
    block.session.connections[block.alias] = connection
    if block.turn is not None:
        # The first hook of all, so that a later one may open a block without waiting for this one.
        connection.on_commit(block.give_turn_back)
