"""The addresses of `bench.webhook_intake`: the product's, and a bare view beside them."""

from __future__ import annotations

from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from sync.models import WebhookEvent


@csrf_exempt
def bare(request: HttpRequest, integration: int) -> HttpResponse:
    """What anybody's view would do: take the body and insert a row."""
    WebhookEvent.objects.create(
        integration_id=integration,
        digest=uuid4().hex,
        event_name="bare",
        document={"bytes": len(request.body)},
    )
    return HttpResponse(status=204)


urlpatterns = [
    path("bare/<int:integration>/", bare),
    path("", include("management.urls")),
]
