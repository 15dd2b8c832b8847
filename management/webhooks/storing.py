"""One event into the inbox: one statement, committed when it returns."""

from __future__ import annotations

from typing import Final

import msgspec
from django.db import connection

from canvas.events import Event

# One round trip, where Django would take three or four for a row that may be there already.
_INSERT: Final = """
    INSERT INTO sync_webhookevent
        (integration_id, digest, event_name, event_time, document, repeats, outcome)
    VALUES (%s, %s, %s, %s, %s, 0, '')
    ON CONFLICT (integration_id, digest) DO UPDATE SET repeats = sync_webhookevent.repeats + 1
"""


def store(event: Event, *, integration: int) -> None:
    """Stored once, however often it comes; how often is counted.

    Raises what the database raises: IntegrityError when the integration is gone.
    """
    at = connection.ops.adapt_datetimefield_value(event.at) if event.at else None
    document = msgspec.json.encode(event.document).decode()
    values = (integration, event.digest, event.name, at, document)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
