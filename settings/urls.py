"""The addresses the web process answers."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def healthz(_request: HttpRequest) -> HttpResponse:
    """Alive: the process answers. Touches neither the database nor Redis."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz),
    path("", include("management.urls")),
    path("admin/", admin.site.urls),
]
