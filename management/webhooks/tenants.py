"""Whose events are taken: the integrations, as a process knows them for a few seconds.

One query for all of them serves thousands of events, and an address that nobody has costs none.
The same query tells the clock of the database.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models.functions import Now

from canvas.models import CanvasIntegration

KNOWN_S: Final = 5.0  # how long after `connect` a process may go by what was stored before
ASK_AGAIN_S: Final = 1.0  # an address that is not known may be one of just now


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What of an integration decides about an event."""

    pk: int
    name: str
    root_account_uuid: str
    unsigned_events: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """All integrations at `looked_at` of this process, which was `clock` of the database."""

    looked_at: float
    clock: float
    by_uuid: Mapping[UUID, Tenant] = field(default_factory=dict)


class Tenants:
    """For all threads of a process. Raises what the database raises."""

    def __init__(self) -> None:
        self._known: _Known | None = None

    def find(self, uuid: UUID) -> Tenant | None:
        """The integration with this address."""
        known = self._fresh(KNOWN_S)
        if uuid not in known.by_uuid:
            known = self._fresh(ASK_AGAIN_S)
        return known.by_uuid.get(uuid)

    def now(self) -> float:
        """Seconds since 1970 by the clock of the database; that of a machine may be a day off."""
        known = self._fresh(KNOWN_S)
        return known.clock + time.monotonic() - known.looked_at

    def forget(self) -> None:
        """The next one who asks reads them anew."""
        self._known = None

    def _fresh(self, within_s: float) -> _Known:
        known = self._known
        if known is None or time.monotonic() - known.looked_at >= within_s:
            self._known = known = _look()
        return known


def _look() -> _Known:
    decides = ("uuid", "pk", "name", "root_account_uuid", "unsigned_events")  # and no credential
    rows = list(CanvasIntegration.objects.annotate(seen_at=Now()).values(*decides, "seen_at"))
    return _Known(
        looked_at=time.monotonic(),
        clock=rows[0]["seen_at"].timestamp() if rows else time.time(),
        by_uuid={row["uuid"]: _tenant(row) for row in rows},
    )


def _tenant(row: Mapping[str, Any]) -> Tenant:
    return Tenant(
        pk=row["pk"],
        name=row["name"],
        root_account_uuid=row["root_account_uuid"],
        unsigned_events=row["unsigned_events"],
    )


tenants: Final = Tenants()
