"""POST /webhooks/canvas/<uuid>/: an event is checked, stored and answered, in this order.

A synchronous view, as it runs in a thread of a WSGI server anyway. 2xx means that the event is
committed. What Canvas should send again is answered 503, what nobody should send 4xx; no answer and
no log line repeats any of what was sent.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import structlog
from django.db import Error as DatabaseError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from canvas.events import (
    Event,
    UnreadableEventError,
    UntrustedEventError,
    is_signed,
    read_unsigned,
)
from management.webhooks.bodies import RefusedBodyError, read_body
from management.webhooks.storing import store
from management.webhooks.tenants import Tenant, tenants
from sync.crashpoints import crashpoint
from workers.waker import waker
from workers.webhook_keys import KeysAwayError, ring

log = structlog.get_logger(__name__)

_AGAIN: Final = {"Retry-After": "60"}


class _Refused(Exception):
    """`reason` is one word for the log, `cause` is for the sender."""

    def __init__(self, status: int, reason: str, cause: str) -> None:
        super().__init__(cause)
        self.status, self.reason, self.cause = status, reason, cause


@csrf_exempt
def receive(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """204 when the event is stored, however often it came before."""
    if request.method != "POST":
        return _answer(405, "only POST is possible here", {"Allow": "POST"})
    try:
        tenant = tenants.find(uuid)
        if tenant is None:
            return _answer(404, "no integration has this address")
        return _taken(request, tenant)
    except DatabaseError as failure:
        log.warning("webhook.not_stored", error=type(failure).__name__)
        return _answer(503, "the database is not available", _AGAIN)


def _taken(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    try:
        event = _event(read_body(request), tenant)
        _check_tenant(event, tenant)
    except RefusedBodyError as refused:
        return _refusal(tenant, _Refused(refused.status, "body", refused.cause))
    except UnreadableEventError as refused:
        return _refusal(tenant, _Refused(400, refused.reason, refused.cause))
    except UntrustedEventError as refused:
        return _refusal(tenant, _Refused(401, refused.reason, refused.cause))
    except _Refused as refused:
        return _refusal(tenant, refused)
    except KeysAwayError:
        return _answer(503, "the key that signs it could not be fetched", _AGAIN)
    return _stored(event, tenant)


def _event(body: bytes, tenant: Tenant) -> Event:
    if is_signed(body):
        return ring.read(body, now=tenants.now())
    if not tenant.unsigned_events:
        raise _Refused(401, "unsigned", "an event must be signed")
    return read_unsigned(body)


def _check_tenant(event: Event, tenant: Tenant) -> None:
    """The same keys sign the events of all customers (canvas-api 6.3, trap 77)."""
    if not tenant.root_account_uuid:
        log.error(
            "webhook.tenant_unknown",
            integration=tenant.name,
            next_step=f"run 'manage.py connect {tenant.name}' again with a token that may read"
            " the account: which Canvas may send events is not known",
        )
        raise _Refused(403, "tenant_unknown", "this integration takes no events yet")
    if event.root_account_uuid != tenant.root_account_uuid:
        raise _Refused(403, "tenant", "it is of another Canvas")


def _stored(event: Event, tenant: Tenant) -> HttpResponse:
    crashpoint("webhook.before_commit")
    try:
        store(event, integration=tenant.pk)
    except IntegrityError:
        tenants.forget()
        return _answer(404, "no integration has this address")
    crashpoint("webhook.after_commit")
    waker.poke()
    return HttpResponse(status=204)


def _refusal(tenant: Tenant, refused: _Refused) -> HttpResponse:
    log.warning(
        "webhook.refused",
        integration=tenant.name,
        status=refused.status,
        reason=refused.reason,
    )
    return _answer(refused.status, refused.cause)


def _answer(status: int, error: str, headers: dict[str, str] | None = None) -> HttpResponse:
    response = JsonResponse({"error": error}, status=status, headers=headers)
    # Django would log the address, which is all the secret of one that takes unsigned events.
    setattr(response, "_has_been_logged", True)  # noqa: B010  # no attribute that its type knows
    return response
