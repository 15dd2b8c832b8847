"""S1 for pages: no page of the web process shows a stored token, the page of an error least."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse
from pytest_django.fixtures import Settings

from canvas.models import CanvasCourse, CanvasIntegration
from tests.acceptance.secrecy import CANARY, CLIENT_SECRET, REFRESH_TOKEN, leaks


def broken(request: HttpRequest) -> HttpResponse:
    """A mistake of ours, with the token in hand."""
    integration = CanvasIntegration.objects.get()
    token, headers = integration.read_token(), {"note": integration.read_refresh_token()}
    raise LookupError(f"{integration!r} {len(token or '')} {len(headers)}")


urlpatterns = [path("broken", broken), path("", include("settings.urls"))]


@pytest.fixture
def visitor(admin_user: User, settings: Settings) -> Client:
    """A superuser, where an integration with every kind of secret is stored."""
    settings.CANVAS_TOKEN, settings.CANVAS_REFRESH_TOKEN = CANARY, REFRESH_TOKEN
    integration = CanvasIntegration(name="school", base_url="https://school.example")
    integration.set_grant(
        client_id="1",
        client_secret=CLIENT_SECRET,
        access_token=CANARY,
        refresh_token=REFRESH_TOKEN,
    )
    integration.save()
    CanvasCourse.objects.create(integration=integration, canvas_id=101, name="Biology")
    client = Client(raise_request_exception=False)
    client.force_login(admin_user)
    return client


def looked_through(client: Client, address: str, *, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    shown = answer.content.decode()
    assert leaks({address: shown}, CANARY, CLIENT_SECRET, REFRESH_TOKEN) == []
    return shown


def admin_pages() -> list[str]:
    """The list of every table of the admin, and each row of it."""
    pages = [reverse("admin:index")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages.append(reverse(f"{name}_changelist"))
        rows = model._base_manager.values_list("pk", flat=True)
        pages += [reverse(f"{name}_change", args=[key]) for key in rows]
    return pages


def test_s1_no_page_of_the_admin_shows_a_secret(visitor: Client) -> None:
    pages = admin_pages()
    assert len(pages) > 2
    for address in pages:
        looked_through(visitor, address)


def test_s1_no_other_page_shows_a_secret(visitor: Client) -> None:
    course = CanvasCourse.objects.get()
    for address in ("/healthz", f"/api/courses/{course.pk}/"):
        looked_through(visitor, address)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("debug", [True, False])
def test_s1_the_page_of_an_error_shows_no_secret(
    visitor: Client, settings: Settings, caplog: pytest.LogCaptureFixture, debug: bool
) -> None:
    settings.DEBUG = debug
    shown = looked_through(visitor, "/broken", status=500)
    assert ("LookupError" in shown) is debug
    assert leaks({"log": caplog.text}, CANARY, CLIENT_SECRET, REFRESH_TOKEN) == []
    assert "LookupError" in caplog.text
