"""What several processes write to the row of one integration: who refreshes, what came of it, and
that its credential is refused.

Each is a single conditional UPDATE by the clock of the database. Nothing here waits for Canvas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

import structlog
from django.db.models import Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from canvas.client.grants import Grant
from canvas.errors import AccessRevokedError, ConfigError
from canvas.models import CanvasIntegration
from canvas.models.integration import PauseReason
from sync.clock import in_seconds

log = structlog.get_logger(__name__)

AHEAD_S: Final = 300.0  # how long before its end an access token is replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The row as it was just read. `left_s`: until the access token ends, None when not known."""

    row: CanvasIntegration
    left_s: float | None


async def look(pk: int) -> Seen:
    """The row now. Raises ConfigError when the integration is no longer stored."""
    found = await CanvasIntegration.objects.filter(pk=pk).annotate(seen_at=Now()).afirst()
    if found is None:
        raise ConfigError(
            cause="the integration was removed while it was in use",
            next_step="store it again with 'manage.py connect'",
        )
    ends_at = found.token_expires_at
    left_s = None if ends_at is None else (ends_at - found.seen_at).total_seconds()
    return Seen(row=found, left_s=left_s)


async def take(row: CanvasIntegration, *, identity: str, term_s: float) -> UUID | None:
    """The right to refresh for `term_s` seconds; None when another has it, or has just used it.

    Of `row` as it was read, the access token must still be the same, and nobody may have paused it.
    """
    mine = uuid4()
    free = Q(refresh_claimed_until=None) | Q(refresh_claimed_until__lte=Now())
    unchanged = ~_noted(identity) & Q(pk=row.pk, sealed_token=row.sealed_token)
    taken = await CanvasIntegration.objects.filter(free & unchanged).aupdate(
        refresh_claim=mine, refresh_claimed_until=in_seconds(term_s)
    )
    return mine if taken else None


async def release(row: CanvasIntegration, claim: UUID, *, rest_s: float) -> None:
    """Nothing came of it; nobody tries again for `rest_s` seconds."""
    await CanvasIntegration.objects.filter(pk=row.pk, refresh_claim=claim).aupdate(
        refresh_claim=None, refresh_claimed_until=in_seconds(rest_s)
    )


async def keep(row: CanvasIntegration, claim: UUID, *, identity: str, grant: Grant) -> bool:
    """Store what Canvas granted; False when the claim is no longer ours.

    The refresh token stays as it is unless Canvas has sent another one. Then the one in the row is
    good no more, and the new one is kept however late: who took the claim over was refused with the
    old one, and what that paused goes on.
    """
    ours = Q(refresh_claim=claim)
    if grant.refresh_token is not None:
        ours |= Q(sealed_refresh_token=row.sealed_refresh_token)
    renewed = row.set_granted(grant.access_token, refresh_token=grant.refresh_token)
    kept = await CanvasIntegration.objects.filter(ours, pk=row.pk).aupdate(
        **{name: getattr(row, name) for name in renewed},
        token_expires_at=end_of(grant),
        refresh_claim=None,
        refresh_claimed_until=None,
    )
    if kept:
        unfounded = _noted(identity) & Q(pause_reason=PauseReason.GRANT_REFUSED)
        await CanvasIntegration.objects.filter(unfounded, pk=row.pk).aupdate(
            paused_at=None, pause_reason="", refused_credential=""
        )
    return bool(kept)


def end_of(grant: Grant) -> Combinable | None:
    """For `token_expires_at`. A life too short to refresh ahead of its end is not noted:
    such a token is replaced when Canvas refuses it, as else every request would replace it.
    """
    life_s = grant.expires_in_s
    return in_seconds(life_s) if life_s is not None and life_s > 2 * AHEAD_S else None


async def pause(
    row: CanvasIntegration,
    *,
    identity: str,
    reason: PauseReason,
    only: Q | None = None,
    claim: UUID | None = None,
) -> None:
    """Note that Canvas refuses the credential. Of many that note it at once, one says so.

    `only`: what must still be so, as another credential may have been stored meanwhile. `claim` of
    a refresh that was refused ends with it; one of somebody else goes on.
    """
    still, ended = only or Q(), {}
    if claim is not None:
        still &= Q(refresh_claim=claim)
        ended = {"refresh_claim": None, "refresh_claimed_until": None}
    mine = CanvasIntegration.objects.filter(still & ~_noted(identity), pk=row.pk)
    paused = await mine.aupdate(
        paused_at=Now(), pause_reason=reason, refused_credential=identity, **ended
    )
    if paused:
        log.warning("integration.paused", integration=row.name, reason=str(reason))


def refuse_paused(row: CanvasIntegration, *, identity: str) -> None:
    """Raises AccessRevokedError when Canvas has refused this very credential before."""
    if row.paused_at is None or row.refused_credential != identity:
        return
    key = f" --client-id {row.client_id}" if row.client_id else ""
    raise AccessRevokedError(
        cause=f"integration {row.name} is paused since {row.paused_at:%Y-%m-%d %H:%M} UTC: "
        f"{PauseReason(row.pause_reason).label}",
        next_step="store a credential that works with "
        f"'manage.py connect {row.name} --url {row.base_url}{key}'",
    )


def _noted(identity: str) -> Q:
    """That the integration is paused because of this credential."""
    return Q(paused_at__isnull=False, refused_credential=identity)
