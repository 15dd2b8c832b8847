"""Who may ask the HTTP interface, and what the others are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from canvas.models import CanvasCourse
from management.keys import revoke_key
from tests.integration.management.conftest import Ask

CHALLENGE = 'Bearer realm="canvas-mirror"'


@pytest.fixture
def path(course: CanvasCourse) -> str:
    return f"/api/courses/{course.pk}/"


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("staff", password="a long one", is_staff=True)


@pytest.fixture
def teacher(db: None) -> User:
    return User.objects.create_user("teacher", password="a long one")


async def test_a_key_opens(ask: Ask, path: str, key: str) -> None:
    assert (await ask(path, key=key)).status_code == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
async def test_the_scheme_may_be_written_in_any_way(
    ask: Ask, path: str, key: str, scheme: str
) -> None:
    response = await ask(path, headers={"Authorization": f"{scheme} {key}"})
    assert response.status_code == 200


async def test_staff_open_by_their_login(ask: Ask, path: str, staff: User) -> None:
    assert (await ask(path, user=staff)).status_code == 200


async def test_nobody_is_asked_to_log_in(ask: Ask, path: str) -> None:
    response = await ask(path)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, CHALLENGE)
    assert json.loads(response.content) == {"error": "Log in as staff, or send an API key"}


async def test_a_login_without_staff_is_forbidden(ask: Ask, path: str, teacher: User) -> None:
    response = await ask(path, user=teacher)
    assert (response.status_code, json.loads(response.content)) == (403, {"error": "Staff only"})
    assert "WWW-Authenticate" not in response


async def test_a_login_that_was_closed_opens_no_more(ask: Ask, path: str, staff: User) -> None:
    staff.is_active = False
    await staff.asave()
    assert (await ask(path, user=staff)).status_code == 401


def wrong_credentials(key: str) -> dict[str, str]:
    other = "0" if key[-1] != "0" else "1"
    return {
        "last digit": f"Bearer {key[:-1]}{other}",
        "capitals": f"Bearer {key.upper()}",
        "cut": f"Bearer {key[:-1]}",
        "longer": f"Bearer {key}0",
        "prefix alone": f"Bearer {key[:12]}",
        "no key": "Bearer",
        "empty": "",
        "no scheme": key,
        "basic": "Basic c3RhZmY6YSBsb25nIG9uZQ==",
        "odd letters": "Bearer cm_\u00e9\u00e9",
        "a query": "Bearer ' OR 1=1 --",
        "twice": f"Bearer {key}, Bearer {key}",
    }


@pytest.mark.parametrize("case", wrong_credentials("cm_00000000_0"))
async def test_a_wrong_key_is_refused(ask: Ask, path: str, key: str, case: str) -> None:
    sent = wrong_credentials(key)[case].encode().decode("latin-1")
    response = await ask(path, headers={"Authorization": sent})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == f'{CHALLENGE}, error="invalid_token"'
    assert json.loads(response.content) == {"error": "API key not known"}


async def test_a_revoked_key_opens_no_more(ask: Ask, path: str, key: str) -> None:
    await revoke_key("dashboard")
    assert (await ask(path, key=key)).status_code == 401


async def test_a_wrong_key_does_not_pass_by_the_login_beside_it(
    ask: Ask, path: str, staff: User
) -> None:
    assert (await ask(path, user=staff, key="cm_wrong")).status_code == 401


@pytest.mark.parametrize("who", ["key", "nobody", "teacher"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_no_cache_keeps_an_answer(
    ask: Ask, path: str, key: str, teacher: User, *, who: str, method: str
) -> None:
    credentials: dict[str, dict[str, Any]] = {
        "key": {"key": key},
        "nobody": {},
        "teacher": {"user": teacher},
    }
    response = await ask(path, method=method, **credentials[who])
    assert response["Cache-Control"] == "private, no-store"


async def test_what_is_not_there_is_told_to_nobody(ask: Ask, key: str) -> None:
    assert (await ask("/api/courses/999/")).status_code == 401
    assert (await ask("/api/courses/abc/", method="POST")).status_code == 401
