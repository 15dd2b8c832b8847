"""GET /status.json: how fresh the mirror is and whether events come; it names no person."""

from __future__ import annotations

from django.db import Error as DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from management.errors import database_failed
from management.events import heartbeats
from management.freshness import document, freshness

_UNKEPT = {"Cache-Control": "no-store"}


@require_safe
async def status(request: HttpRequest) -> JsonResponse:
    """`?course=101`, once or several times, for some courses only; 503 without a database."""
    wanted = request.GET.getlist("course")
    if not all(text.isascii() and text.isdigit() and len(text) <= 19 for text in wanted):
        error = {"error": "course: not a Canvas id; send a whole number"}
        return JsonResponse(error, status=400, headers=_UNKEPT)
    try:
        found = await freshness(courses=map(int, wanted))
        events = [beat.as_json() for beat in await heartbeats()]
    except DatabaseError as failure:
        report = database_failed(failure, effect="freshness is not known").report
        return JsonResponse({"error": report.code}, status=503, headers=_UNKEPT)
    return JsonResponse(document(found) | {"events": events}, headers=_UNKEPT)
