"""Messages to the broker: sent now or not at all, and whoever sends is told how many went.

The database remembers the work itself, so nobody waits for a broker that is away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from asgiref.sync import sync_to_async

log = structlog.get_logger(__name__)

_PATIENCE_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A task's name and what it is given. `after_s`: not before, by the clock of the sender."""

    name: str
    args: tuple[int | str, ...] = ()
    queue: str
    after_s: float | None = None


class BrokerAwayError(Exception):
    """The broker took `sent` of the messages and no more; whoever asked need do nothing."""

    def __init__(self, cause: str, *, sent: int = 0) -> None:
        super().__init__(cause)
        self.sent = sent


def post(messages: Sequence[Message]) -> None:
    """Send them in their order, each tried once. Blocks. Raises BrokerAwayError.

    Send only what was committed. Needs a broker to be set.
    """
    from kombu.exceptions import KombuError

    from workers.app import app  # loading Celery takes a command a tenth of a second

    away: tuple[type[BaseException], ...] = (
        KombuError,
        OSError,
        *app.connection_for_write().connection_errors,
    )
    sent = 0
    try:
        with app.producer_pool.acquire(block=True, timeout=_PATIENCE_S) as producer:
            for one in messages:
                app.send_task(
                    one.name,
                    args=one.args,
                    queue=one.queue,
                    countdown=one.after_s,
                    producer=producer,
                    retry=False,
                )
                sent += 1
    except away as error:
        raise BrokerAwayError(type(error).__name__, sent=sent) from error


def depth(queue: str) -> int:
    """How many messages of the queue no worker has taken yet. Blocks. Raises BrokerAwayError."""
    from kombu.exceptions import KombuError

    from workers.app import app

    with app.connection_for_write() as connection:
        unknown: tuple[type[BaseException], ...] = connection.channel_errors
        away: tuple[type[BaseException], ...] = (KombuError, OSError, *connection.connection_errors)
        try:
            channel: Any = connection.channel()
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except unknown:
            return 0  # nobody has sent anything there yet
        except away as error:
            raise BrokerAwayError(type(error).__name__) from error


async def send(message: Message) -> bool:
    """Whether the broker took it; otherwise as `post`."""
    try:
        await sync_to_async(post, thread_sensitive=False)([message])
    except BrokerAwayError as error:
        log.warning("message.not_sent", task=message.name, error=str(error))
        return False
    return True
