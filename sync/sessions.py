"""How the ledger's connections behave: a transaction whose process is frozen does not stay open.

Its locks would keep everybody from the course for as long as it sleeps. Looks at PostgreSQL only;
with SQLite nobody can tell a sleeping writer to end.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper


def end_idle_transactions(*, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Receiver of `connection_created`: no transaction waits for its client beyond a lease's term.

    Said after connecting, not among the options of the connection: poolers refuse those.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, false)",
            [f"{settings.LEASE_SECONDS}s"],
        )
