"""Storing a Canvas with its credential: tried first, so that what is stored is known to work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction

from canvas.client import parse_base_url
from canvas.client.control import ControlPlane
from canvas.client.grants import Grant
from canvas.client.oauth import DeveloperKey, refresh
from canvas.client.probe import ProbeFinding
from canvas.errors import AccessRevokedError, CanvasError
from canvas.models import CanvasCourse, CanvasIntegration
from management.errors import canvas_failed, usage
from management.integrations import address
from workers.claims import end_of
from workers.schedule import ensure_schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """An access token that a person made in Canvas."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithKey:
    """A developer key, and the refresh token a person agreed to."""

    key: DeveloperKey
    refresh_token: str = field(repr=False)


Credential = ByHand | WithKey
Connected = tuple[CanvasIntegration, Sequence[ProbeFinding]]


async def connect(
    name: str, *, url: str, account: str, credential: Credential, unsigned_events: bool | None
) -> Connected:
    """Try the credential, then store the integration; say what of Canvas it can read.

    `unsigned_events` None leaves that as it is. Raises CommandStopped when the credential is
    refused or there is no Canvas; what was stored under the name before is then as it was.
    """
    integration = await _named(name, base_url=address(url))
    integration.account_id = account
    if unsigned_events is not None:
        integration.unsigned_events = unsigned_events
    if isinstance(credential, ByHand):
        return await _with_token(integration, credential.token)
    return await _with_key(integration, credential)


async def _named(name: str, *, base_url: str) -> CanvasIntegration:
    known = await CanvasIntegration.objects.filter(name=name).afirst()
    if known is not None and known.base_url != base_url and await _mirrors(known):
        raise usage(
            f"integration {name} already mirrors {known.base_url}",
            next_step="connect the other Canvas under another name",
        )
    integration = known or CanvasIntegration(name=name)
    if integration.base_url != base_url:
        integration.base_url, integration.root_account_uuid = base_url, ""
    return integration


async def _mirrors(integration: CanvasIntegration) -> bool:
    # Of any sync, however little of a course it read, the course itself is stored first.
    return await CanvasCourse.objects.filter(integration=integration).aexists()


async def _with_token(integration: CanvasIntegration, token: str) -> Connected:
    try:
        findings = await _probed(integration, token)
        integration.set_token(token)
    except CanvasError as error:
        raise canvas_failed(error, effect="nothing was stored") from error
    await integration.asave()
    await ensure_schedule(integration)
    return integration, findings


async def _with_key(integration: CanvasIntegration, credential: WithKey) -> Connected:
    try:
        grant = await _granted(integration, credential)
    except CanvasError as error:
        raise canvas_failed(error, effect="nothing was stored") from error
    try:
        findings = await _probed(integration, grant.access_token)
    except CanvasError as error:
        if grant.refresh_token is None or isinstance(error, AccessRevokedError):
            raise canvas_failed(error, effect="nothing was stored") from error
        # The refresh token that was typed is used up; the one after it must not be lost.
        await _store(integration, credential, grant=grant)
        error.next_step = "sync later: the key works and was stored; what it reads was not checked"
        raise canvas_failed(error, effect="the key was stored") from error
    await _store(integration, credential, grant=grant)
    return integration, findings


async def _granted(integration: CanvasIntegration, credential: WithKey) -> Grant:
    secure = settings.CANVAS_ALLOW_INSECURE
    return await refresh(
        parse_base_url(integration.base_url, allow_insecure=secure),
        key=credential.key,
        refresh_token=credential.refresh_token,
        allow_insecure=secure,
    )


async def _store(integration: CanvasIntegration, credential: WithKey, *, grant: Grant) -> None:
    """Who refreshes the credential before it just now can no longer store what comes of it."""
    integration.set_grant(
        client_id=credential.key.client_id,
        client_secret=credential.key.client_secret,
        access_token=grant.access_token,
        refresh_token=grant.refresh_token or credential.refresh_token,
    )
    async with transaction.atomic():
        await integration.asave()
        stored = CanvasIntegration.objects.filter(pk=integration.pk)
        await stored.aupdate(token_expires_at=end_of(grant))
        await ensure_schedule(integration)


async def _probed(integration: CanvasIntegration, token: str) -> list[ProbeFinding]:
    return await sync_to_async(_try, thread_sensitive=False)(integration, token)


def _try(integration: CanvasIntegration, token: str) -> list[ProbeFinding]:
    control = ControlPlane(
        integration.base_url, token=token, allow_insecure=settings.CANVAS_ALLOW_INSECURE
    )
    control.whoami()
    findings = control.probe(integration.account_id)
    known = control.root_account_uuid(integration.account_id)
    # Another token may see less of the same Canvas: its events are still its events.
    integration.root_account_uuid = known or integration.root_account_uuid
    return findings
