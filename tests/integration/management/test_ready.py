"""GET /readyz: ready, or what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

NOBODY = "redis://127.0.0.1:9/0"


def ask() -> tuple[int, Any]:
    answer = Client().get("/readyz")
    assert answer["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()


@pytest.mark.django_db
def test_it_is_ready_when_database_and_broker_answer(
    settings: LazySettings, redis_url: str
) -> None:
    settings.BROKER_URL = redis_url
    assert ask() == (200, {"ready": True, "checks": {"database": "ok", "broker": "ok"}})


@pytest.mark.django_db
def test_it_is_ready_without_a_broker_where_none_is_set(settings: LazySettings) -> None:
    settings.BROKER_URL = ""
    assert ask()[0] == 200


@pytest.mark.django_db
def test_a_broker_that_is_away_is_named(settings: LazySettings) -> None:
    settings.BROKER_URL = NOBODY
    checks = {"database": "ok", "broker": "does not answer"}
    assert ask() == (503, {"ready": False, "checks": checks})


@pytest.mark.django_db
def test_a_database_of_an_older_version_is_named(settings: LazySettings) -> None:
    settings.BROKER_URL = ""
    MigrationRecorder.Migration.objects.filter(app="sync").order_by("-id")[0].delete()
    checks = {"database": "lacks migrations", "broker": "ok"}
    assert ask() == (503, {"ready": False, "checks": checks})


@pytest.mark.django_db
def test_it_is_only_read() -> None:
    assert Client().post("/readyz").status_code == 405
