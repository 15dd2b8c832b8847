"""One message to the broker, for work that the database remembers in another way than as a run."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from asgiref.sync import sync_to_async

log = structlog.get_logger(__name__)


async def send(name: str, args: Sequence[int | str], *, queue: str) -> bool:
    """Whether the broker took it; send only what was committed. Needs a broker to be set."""
    return await sync_to_async(_send, thread_sensitive=False)(name, args, queue)


def _send(name: str, args: Sequence[int | str], queue: str) -> bool:
    from kombu.exceptions import KombuError

    from workers.app import app  # loading Celery takes a command a tenth of a second

    away: tuple[type[BaseException], ...] = (
        KombuError,
        *app.connection_for_write().connection_errors,
    )
    try:
        with app.producer_pool.acquire(block=True, timeout=5) as producer:
            app.send_task(name, args=tuple(args), queue=queue, producer=producer, retry=False)
    except away as error:
        log.warning("message.not_sent", task=name, error=type(error).__name__)
        return False
    return True
