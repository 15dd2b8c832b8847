"""The bucket of a token in Redis: one script, so that every decision is made in one piece.

Says what the script says, or raises; what to do without Redis is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from canvas.client.bucket import Answered, Outcome, Rejected, Turn

KEY: Final = "canvas-mirror:budget:"
ANSWER_WITHIN_S: Final = 1.0
LOST: Final = (RedisError, OSError)  # a deadline of asyncio is an OSError too
SCRIPT: Final = Path(__file__).with_name("budget.lua").read_text(encoding="utf-8")


def redis_client(url: str) -> Redis:
    """For the running event loop only. A connection that died meanwhile is made anew, once.

    Has no deadline of its own for answers: that of redis-py is built on `asyncio.wait_for`, which
    before Python 3.12 loses a cancellation that comes while the command is being sent.
    """
    return Redis.from_url(
        url,
        socket_connect_timeout=ANSWER_WITHIN_S,
        socket_timeout=None,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        protocol=2,  # what every Redis and Valkey speaks
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`at`: the clock of Redis. `processes`: how many asked about this token in the last minute."""

    turn: Turn
    at: float
    processes: int


class SharedBucket:
    """The bucket of one token, asked in the name of one process.

    Raises what is in LOST when Redis does not answer within ANSWER_WITHIN_S.
    """

    def __init__(self, redis: Redis, *, identity: str, highest: int) -> None:
        self._script = redis.register_script(SCRIPT)
        self._keys = [KEY + identity]
        self._highest = highest
        self._process = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._numbers = itertools.count(1)

    def new_slot(self) -> str:
        """A name no other slot of any process has."""
        return f"{self._process}-{next(self._numbers)}"

    async def enter(self, slot: str, *, now: float | None = None) -> Reply:
        """Taken if the turn says go. Asking again for a slot that was taken is harmless."""
        return await self._call("enter", slot, now=now)

    async def leave(
        self,
        slot: str,
        *,
        entered_at: float,
        outcome: Outcome,
        jitter: float,
        now: float | None = None,
    ) -> Reply:
        """Told what it came to. A slot whose term ran out is not freed twice."""
        told = _told(outcome)
        return await self._call("leave", slot, repr(entered_at), repr(jitter), *told, now=now)

    async def drop(self, slot: str) -> Reply:
        """Its request was never sent. A slot that was not taken is none to drop, and no harm."""
        return await self._call("drop", slot, now=None)

    async def keep(self, slots: Iterable[str], *, now: float | None = None) -> Reply:
        """Their terms begin anew; a slot whose term runs out counts as that of a dead process."""
        return await self._call("keep", *slots, now=now)

    async def _call(self, operation: str, *arguments: str, now: float | None) -> Reply:
        given = ("" if now is None else repr(now), self._process, str(self._highest))
        async with asyncio.timeout(ANSWER_WITHIN_S):
            wait_s, tight, at, processes = await self._script(
                keys=self._keys, args=(operation, *given, *arguments)
            )
        turn = Turn(wait_s=float(wait_s), tight=tight == b"1")
        return Reply(turn=turn, at=float(at), processes=int(processes))


def _told(outcome: Outcome) -> tuple[str, str, str]:
    match outcome:
        case Answered():
            return "answered", _figure(outcome.remaining), _figure(outcome.cost)
        case Rejected():
            return "rejected", _figure(outcome.retry_after_s), ""
        case None:
            return "lost", "", ""


def _figure(figure: float | None) -> str:
    return "" if figure is None else repr(float(figure))
