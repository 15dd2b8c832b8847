"""The addresses of what an operator and the programs of others look at."""

from __future__ import annotations

from django.urls import include, path

from management.ready import readyz
from management.status import status
from management.webhooks.views import receive

urlpatterns = [
    path("readyz", readyz),
    path("status.json", status),
    path("webhooks/canvas/<uuid:uuid>/", receive, name="webhook"),
    path("api/", include("management.api.urls")),
]
