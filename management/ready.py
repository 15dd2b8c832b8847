"""GET /readyz: whether this process can do its work now, for whoever sends requests to it."""

from __future__ import annotations

from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from management.database import is_up_to_date
from workers.broker import broker_answers

_UNKEPT: Final = {"Cache-Control": "no-store"}


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200, or 503 naming what is missing. Webhooks are taken without a broker all the same."""
    checks = {"database": _database()}
    checks["broker"] = "ok" if broker_answers() else "does not answer"
    ready = set(checks.values()) == {"ok"}
    return JsonResponse(
        {"ready": ready, "checks": checks}, status=200 if ready else 503, headers=_UNKEPT
    )


def _database() -> str:
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        return "ok" if is_up_to_date(connection) else "lacks migrations"
    except (DatabaseError, OSError):
        return "does not answer"
