"""API keys: made, found, revoked. The key itself is shown once and never stored or logged."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from management.errors import usage
from management.models import ApiKey

log = structlog.get_logger(__name__)

NAME: Final = re.compile(r"[\w.-]{1,100}")
_KEY: Final = re.compile(r"cm_([0-9a-f]{8})_[0-9a-f]{64}")
_USE_NOTED_EVERY: Final = dt.timedelta(minutes=1)


async def create_key(name: str) -> tuple[ApiKey, str]:
    """Shape: (the stored row, the key in the clear, which nobody can read again).

    Raises CommandStopped when a key of that name is in force.
    """
    prefix, secret = secrets.token_hex(4), secrets.token_hex(32)
    key = f"cm_{prefix}_{secret}"
    try:
        async with transaction.atomic():
            row = await ApiKey.objects.acreate(name=name, prefix=prefix, digest=_digest(key))
    except IntegrityError as error:
        raise usage(
            f"an API key called {name} is in force already",
            next_step=f"choose another name, or run 'manage.py api_key revoke {name}' first",
        ) from error
    log.info("api_key.created", name=name)
    return row, key


async def list_keys() -> list[ApiKey]:
    """All keys, revoked ones included, the newest first."""
    return [row async for row in ApiKey.objects.order_by("-pk")]


async def revoke_key(name: str) -> ApiKey:
    """From now on the key opens nothing. Raises CommandStopped when no such key is in force."""
    row = await ApiKey.objects.filter(name=name, revoked_at__isnull=True).afirst()
    if row is None:
        in_force = ApiKey.objects.filter(revoked_at__isnull=True).order_by("name")
        known = ", ".join([one.name async for one in in_force]) or "none"
        raise usage(
            f"no API key called {name} is in force (in force: {known})",
            next_step="see 'manage.py api_key list'",
        )
    row.revoked_at = timezone.now()
    await row.asave(update_fields=["revoked_at"])
    log.info("api_key.revoked", name=name)
    return row


async def find_key(key: str) -> ApiKey | None:
    """The key in force that `key` is, its use noted; None for any other text."""
    shape = _KEY.fullmatch(key)
    if shape is None:
        return None
    digest = _digest(key)
    in_force = ApiKey.objects.filter(prefix=shape[1], revoked_at__isnull=True)
    # Found by what may be seen, told by a comparison that takes the same time for every answer.
    rows = [row async for row in in_force if hmac.compare_digest(row.digest, digest)]
    if not rows:
        return None
    await _note_use(rows[0])
    return rows[0]


async def _note_use(row: ApiKey) -> None:
    now = timezone.now()
    before = now - _USE_NOTED_EVERY
    if row.last_used_at is not None and row.last_used_at > before:
        return
    # Of many requests at once one writes.
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
    try:
        await sync_to_async(_write_at_once)(
            lambda: ApiKey.objects.filter(stale, pk=row.pk).update(last_used_at=now)
        )
    except OperationalError:
        # A sync has the database to itself at the moment: who only reads is not kept out by that.
        log.warning("api_key.use_not_noted", name=row.name)


def _write_at_once(write: Callable[[], object]) -> None:
    """Or not at all: on SQLite, whoever waits for its turn keeps a reader waiting for 20 s."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        write()
        return
    patience_ms = int(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            write()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience_ms}")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
