"""What an integration answers to what is posted to it, and what is stored of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from canvas.models import CanvasIntegration
from management.webhooks.tenants import tenants
from sync.models import WebhookEvent, WebhookKeys
from tests.events import ROOT_UUID, SigningKey, event

pytestmark = pytest.mark.django_db(transaction=True)
KEY = SigningKey(kid="2026-03")


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """An integration as Canvas meets it."""

    integration: CanvasIntegration
    client: Client

    @property
    def path(self) -> str:
        return f"/webhooks/canvas/{self.integration.uuid}/"

    def post(self, body: bytes, **options: Any) -> HttpResponse:
        given = {"content_type": "application/jwt"} | options
        return self.client.post(self.path, body, **given)  # type: ignore[return-value]

    def set(self, **columns: Any) -> None:
        CanvasIntegration.objects.filter(pk=self.integration.pk).update(**columns)
        tenants.forget()

    def statuses(self, *bodies: bytes) -> list[int]:
        return [self.post(body).status_code for body in bodies]


@pytest.fixture
def school() -> Iterator[School]:
    """Its key set was fetched just now."""
    WebhookKeys.objects.create(
        url=settings.WEBHOOK_KEYS_URL, keys=[KEY.jwk], fetched_at=Now(), tried_at=Now()
    )
    integration = CanvasIntegration.objects.create(
        name="north", base_url="https://north.example", root_account_uuid=ROOT_UUID
    )
    tenants.forget()
    yield School(integration=integration, client=Client())
    tenants.forget()


def plain(document: object) -> bytes:
    return json.dumps(document).encode()


def stored() -> list[WebhookEvent]:
    return list(WebhookEvent.objects.order_by("id"))


def test_a_signed_event_is_stored_with_what_says_what_changed(school: School) -> None:
    body = {"submission_id": "1", "grade": "A", "updated_at": "2026-03-01T10:11:12Z"}
    answer = school.post(KEY.sign(event(body=body)))
    assert (answer.status_code, answer.content) == (204, b"")
    [kept] = stored()
    assert kept.integration == school.integration
    assert (kept.event_name, kept.repeats, kept.outcome) == ("grade_change", 0, "")
    assert kept.event_time is not None
    assert kept.event_time.isoformat() == "2026-03-01T10:11:12.345000+00:00"
    assert kept.document["body"] == {"submission_id": "1", "updated_at": "2026-03-01T10:11:12Z"}
    assert (kept.handled_at, kept.received_at is None) == (None, False)


@pytest.mark.parametrize("content_type", ["application/jwt", "application/json", "text/plain", ""])
def test_the_content_type_decides_nothing(school: School, content_type: str) -> None:
    assert school.post(KEY.sign(event()), content_type=content_type).status_code == 204


def test_an_event_that_comes_again_is_counted(school: School) -> None:
    signed_again = KEY.sign(event() | {"iat": 1_772_359_872})
    assert school.statuses(KEY.sign(event()), signed_again, KEY.sign(event())) == [204, 204, 204]
    assert [kept.repeats for kept in stored()] == [2]


def test_two_integrations_keep_the_same_event_each(school: School) -> None:
    other = CanvasIntegration.objects.create(
        name="south", base_url="https://south.example", root_account_uuid=ROOT_UUID
    )
    tenants.forget()
    south = School(integration=other, client=school.client)
    assert school.statuses(KEY.sign(event())) + south.statuses(KEY.sign(event())) == [204, 204]
    assert [kept.integration for kept in stored()] == [school.integration, other]


def test_an_event_is_one_statement(school: School) -> None:
    school.post(KEY.sign(event()))
    with CaptureQueriesContext(connection) as asked:
        school.post(KEY.sign(event("submission_updated")))
    assert [query["sql"].split()[0] for query in asked] == ["INSERT"]


def test_an_unsigned_event_is_taken_only_where_that_is_allowed(school: School) -> None:
    assert school.statuses(plain(event())) == [401]
    school.set(unsigned_events=True)
    assert school.statuses(plain(event()), KEY.sign(event())) == [204, 204]
    assert [kept.repeats for kept in stored()] == [1]


def test_an_event_of_another_canvas_is_refused(school: School) -> None:
    other, nobodys = event(root_account_uuid="other"), event(root_account_uuid=None)
    assert school.statuses(KEY.sign(other), KEY.sign(nobodys)) == [403, 403]
    assert stored() == []


def test_an_integration_that_does_not_know_its_canvas_says_what_to_do(
    school: School, caplog: pytest.LogCaptureFixture
) -> None:
    school.set(root_account_uuid="")
    nobodys = event(root_account_uuid="")
    assert school.statuses(KEY.sign(event()), KEY.sign(nobodys)) == [403, 403]
    assert "connect north" in caplog.text
    assert stored() == []


def test_an_address_nobody_has_is_not_found_without_a_query(school: School) -> None:
    school.post(KEY.sign(event()))
    with CaptureQueriesContext(connection) as asked:
        answer = school.client.post(f"/webhooks/canvas/{uuid4()}/", b"{}", content_type="x")
    assert (answer.status_code, len(asked)) == (404, 0)


def test_an_integration_of_just_now_is_known(school: School, monkeypatch: Any) -> None:
    school.post(KEY.sign(event()))
    monkeypatch.setattr("management.webhooks.tenants.ASK_AGAIN_S", 0.0)
    later = CanvasIntegration.objects.create(
        name="later", base_url="https://later.example", root_account_uuid=ROOT_UUID
    )
    later_school = School(integration=later, client=school.client)
    assert later_school.statuses(KEY.sign(event())) == [204]


def test_an_integration_that_is_gone_is_not_found(school: School) -> None:
    school.post(KEY.sign(event()))
    school.integration.delete()
    assert school.statuses(KEY.sign(event())) == [404]


@pytest.mark.parametrize("method", ["get", "put", "head", "options", "delete"])
def test_only_post_is_possible(school: School, method: str) -> None:
    answer = getattr(school.client, method)(school.path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (411, b"", {}),
        (400, b"[]", {}),
        (400, b"a form=1", {}),
        (400, plain({"metadata": {}}), {}),
        (401, b"a.b.c", {}),
        (413, b"x" * (256 * 1024 + 1), {}),
        (413, b"", {"CONTENT_LENGTH": "99999999"}),
        (400, b"", {"CONTENT_LENGTH": "-1"}),
        (400, b"", {"CONTENT_LENGTH": "17", "wsgi.input": BytesIO(b"{}")}),
        (413, b"", {"wsgi.input_terminated": True, "wsgi.input": BytesIO(b" " * 300_000)}),
        (415, b"{}", {"headers": {"Content-Encoding": "gzip"}}),
        (415, b"{}", {"headers": {"Content-Encoding": "br, identity"}}),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(
    school: School, status: int, body: bytes, headers: dict[str, Any]
) -> None:
    school.set(unsigned_events=True)
    answer = school.post(body, **headers)
    assert answer.status_code == status
    assert list(json.loads(answer.content)) == ["error"]
    assert stored() == []


def test_a_body_without_a_length_is_read_under_a_server_that_says_where_it_ends(
    school: School,
) -> None:
    body = BytesIO(KEY.sign(event()))
    chunked = {"wsgi.input_terminated": True, "wsgi.input": body}
    assert school.post(b"", **chunked).status_code == 204


def test_a_database_that_is_away_is_answered_503(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.post(KEY.sign(event()))
    monkeypatch.setattr("management.webhooks.storing._INSERT", "INSERT INTO nowhere VALUES (%s)")
    answer = school.post(KEY.sign(event("submission_updated")))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert len(stored()) == 1


def test_nothing_that_was_sent_and_no_address_is_logged(
    school: School, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = event(body={"grade": "canary"}, root_account_uuid="canary")
    school.statuses(plain(canary), KEY.sign(canary), b"canary", b'{"canary": ')
    assert "webhook.refused" in caplog.text
    assert "canary" not in caplog.text
    assert str(school.integration.uuid) not in caplog.text


@pytest.mark.parametrize(("headers", "status"), [({"X-Forwarded-Proto": "https"}, 204), ({}, 301)])
def test_behind_a_proxy_with_tls_nothing_is_redirected(
    school: School, settings: Any, headers: dict[str, str], status: int
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert school.post(KEY.sign(event()), headers=headers).status_code == status


def test_a_stored_event_pokes_and_a_refused_one_does_not(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    poked: list[int] = []
    poke: Callable[[], None] = lambda: poked.append(WebhookEvent.objects.count())  # noqa: E731
    monkeypatch.setattr("management.webhooks.views.waker.poke", poke)
    school.statuses(b"[]", KEY.sign(event()), KEY.sign(event("x")))
    assert poked == [1, 2]
