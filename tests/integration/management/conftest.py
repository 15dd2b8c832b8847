"""What the tests of the HTTP interface share: a course with figures, a key, and two ways to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import AsyncClient, Client

from canvas.models import CanvasCourse, CanvasIntegration
from management.keys import create_key
from tests.integration.models.school import School

Ask = Callable[..., Awaitable[HttpResponse]]


@pytest.fixture
def school(db: None) -> School:
    integration = CanvasIntegration.objects.create(name="school", base_url="https://school.example")
    return School(integration)


@pytest.fixture
def course(school: School) -> CanvasCourse:
    return school.course(name="Biology 101", course_code="BIO-101")


@pytest.fixture
def key(db: None) -> str:
    return async_to_sync(create_key)("dashboard")[1]


@pytest.fixture(params=["wsgi", "asgi"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """`await ask(path, method=…, key=…, user=…, headers=…)`, through either kind of server."""

    async def through_wsgi(path: str, *, method: str, user: User | None, headers: Any) -> Any:
        # CSRF is checked as it is for everybody else.
        client = Client(enforce_csrf_checks=True)
        if user is not None:
            await sync_to_async(client.force_login)(user)
        return await sync_to_async(client.generic)(method, path, headers=headers)

    async def through_asgi(path: str, *, method: str, user: User | None, headers: Any) -> Any:
        client = AsyncClient(enforce_csrf_checks=True)
        if user is not None:
            await client.aforce_login(user)
        return await client.generic(method, path, headers=headers)

    through = through_wsgi if request.param == "wsgi" else through_asgi

    async def ask_(
        path: str,
        *,
        method: str = "GET",
        key: str | None = None,
        user: User | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        credentials = {"Authorization": f"Bearer {key}"} if key is not None else {}
        sent = credentials | (headers or {})
        return await through(path, method=method, user=user, headers=sent)  # type: ignore[no-any-return]

    return ask_
