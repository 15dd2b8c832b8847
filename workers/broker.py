"""Whether the broker answers."""

from __future__ import annotations

from django.conf import settings


def broker_answers() -> bool:
    """One attempt, of seconds at most. True also where none is set: then nobody needs one."""
    if not settings.BROKER_URL:
        return True
    from kombu.exceptions import KombuError

    from workers.app import app  # loading Celery takes a command a tenth of a second

    with app.connection_for_read(str(settings.BROKER_URL)) as connection:
        away: tuple[type[BaseException], ...] = (KombuError, *connection.connection_errors)
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        except away:
            return False
    return True
