"""Which budget a token has in this process: shared through Redis where there is one, else its own.

Redis is imported only where it is used: that takes half a second, which commands can do without.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.conf import settings

from canvas.client.budget import Budget, LocalBudget

if TYPE_CHECKING:
    from redis.asyncio import Redis


@dataclass(slots=True)
class _Shelf:
    """What one event loop has: a client of Redis, made when asked for, and budgets by identity."""

    budgets: dict[str, Budget]
    redis: Redis | None = None


_shelves: WeakKeyDictionary[asyncio.AbstractEventLoop, _Shelf] = WeakKeyDictionary()


def budget_for(identity: str) -> Budget:
    """The budget of this process for a token, in the running event loop.

    `identity` names the token and is no secret. Shared through REDIS_URL if that is set.
    """
    shelf = _shelf()
    if identity not in shelf.budgets:
        shelf.budgets[identity] = _new_budget(identity, shelf)
    return shelf.budgets[identity]


async def close_budgets() -> None:
    """Close what the running event loop has; its next `budget_for` begins anew."""
    shelf = _shelves.pop(asyncio.get_running_loop(), None)
    if shelf is not None and shelf.redis is not None:
        await shelf.redis.aclose()


def _shelf() -> _Shelf:
    # What is on a shelf refers to its loop, so a loop that was closed would stay for ever.
    for loop in [loop for loop in _shelves if loop.is_closed()]:
        del _shelves[loop]
    return _shelves.setdefault(asyncio.get_running_loop(), _Shelf({}))


def _new_budget(identity: str, shelf: _Shelf) -> Budget:
    if not settings.REDIS_URL:
        return LocalBudget()
    from workers.shared_bucket import redis_client
    from workers.shared_budget import RedisBudget

    if shelf.redis is None:
        shelf.redis = redis_client(str(settings.REDIS_URL))
    return RedisBudget(identity, redis=shelf.redis)
