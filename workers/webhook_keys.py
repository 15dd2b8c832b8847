"""Which keys sign events: in memory, in a row that all processes share, and at the key server.

A known key is used at once. One that nobody knows lets at most one process ask the key server in
INTERVAL_S, by the clock of the database; the others answer by what is stored. When the key server
is away, known keys go on (canvas-api 6.3).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from canvas.client.keyset import fetch_keys
from canvas.errors import CanvasError
from canvas.events import Event, Jwk, UnknownKeyError, public_keys, read_signed
from sync.clock import in_seconds
from sync.models import WebhookKeys

log = structlog.get_logger(__name__)

INTERVAL_S: Final = 60.0  # between two questions to the key server, of all processes together
REFRESH_S: Final = 3600.0  # keys change once a month, and the next one is there before it is used
LOOK_S: Final = 30.0  # how often a process looks at the row, so that it sees what others fetched


class KeysAwayError(Exception):
    """Whether an event is genuine cannot be said now: its key is new and the key server away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The row as it was last read, at `looked_at` of this process.

    `age_s`: since keys were last fetched, `tried_s`: since somebody last began to, both None for
    never. `is_settled`: what was begun last has brought keys.
    """

    url: str
    looked_at: float
    jwks: list[Jwk] = field(default_factory=list)
    keys: Mapping[str, RSAPublicKey] = field(default_factory=dict)
    age_s: float | None = None
    tried_s: float | None = None
    is_settled: bool = False

    @property
    def may_try(self) -> bool:
        return self.tried_s is None or self.tried_s >= INTERVAL_S


class KeyRing:
    """For all threads of a process. `fetch` asks the key server and blocks."""

    def __init__(self, fetch: Callable[[str], list[Jwk]] | None = None) -> None:
        self._fetch = fetch or _fetch
        self._seen: _Seen | None = None
        self._looking = threading.Lock()

    def read(self, token: bytes, *, now: float) -> Event:
        """The event of a signed body. `now` as in `canvas.events.read_signed`.

        Raises KeysAwayError, or what `read_signed` raises; UnknownKeyError only when the key
        server does not have the key either. Raises what the database raises.
        """
        try:
            return read_signed(token, keys=self._known(), now=now)
        except UnknownKeyError as unknown:
            keys = self._with(unknown.kid)
        return read_signed(token, keys=keys, now=now)

    def _known(self) -> Mapping[str, RSAPublicKey]:
        seen = self._seen
        if seen is None or seen.url != settings.WEBHOOK_KEYS_URL:
            return self._look().keys
        is_due = time.monotonic() - seen.looked_at >= LOOK_S
        if is_due and self._looking.acquire(blocking=False):
            try:
                self._keep_fresh()
            finally:
                self._looking.release()
        return seen.keys

    def _keep_fresh(self) -> None:
        try:
            seen = self._look()
        except DatabaseError:
            return  # whoever wants to store an event will notice
        if seen.may_try and (seen.age_s is None or seen.age_s >= REFRESH_S):
            threading.Thread(target=self._refresh, name="webhook-keys", daemon=True).start()

    def _refresh(self) -> None:
        """In a thread of its own, so that no event waits for it."""
        try:
            if _claim(settings.WEBHOOK_KEYS_URL):
                self._renew()
        except (DatabaseError, KeysAwayError):
            return  # tried again after a while
        finally:
            connection.close()

    def _with(self, kid: str) -> Mapping[str, RSAPublicKey]:
        """Keys after all that may be done for this one, whether it is among them or not."""
        seen = self._look()
        if kid in seen.keys:
            return seen.keys
        if seen.may_try and _claim(seen.url):
            return self._renew().keys
        seen = self._look()
        if kid not in seen.keys and not seen.is_settled:
            raise KeysAwayError
        return seen.keys

    def _renew(self) -> _Seen:
        """Ask the key server and store its keys. Raises KeysAwayError."""
        url = settings.WEBHOOK_KEYS_URL
        try:
            jwks = self._fetch(url)
        except CanvasError as error:
            log.warning("webhook_keys.not_fetched", error=str(error))
            raise KeysAwayError from error
        WebhookKeys.objects.filter(url=url).update(keys=jwks, fetched_at=Now())
        log.info("webhook_keys.fetched", keys=len(jwks))
        return self._look()

    def _look(self) -> _Seen:
        url, before = settings.WEBHOOK_KEYS_URL, self._seen
        row = WebhookKeys.objects.filter(url=url).annotate(seen_at=Now()).first()
        if row is None:
            self._seen = _Seen(url=url, looked_at=time.monotonic())
            return self._seen
        is_same = before is not None and before.jwks == row.keys
        fetched, tried = row.fetched_at, row.tried_at
        self._seen = seen = _Seen(
            url=url,
            looked_at=time.monotonic(),
            jwks=row.keys,
            keys=before.keys if before is not None and is_same else public_keys(row.keys),
            age_s=None if fetched is None else (row.seen_at - fetched).total_seconds(),
            tried_s=None if tried is None else (row.seen_at - tried).total_seconds(),
            is_settled=fetched is not None and (tried is None or fetched >= tried),
        )
        return seen


def _claim(url: str) -> bool:
    """The right to ask the key server; of all processes one has it in INTERVAL_S."""
    WebhookKeys.objects.bulk_create([WebhookKeys(url=url)], ignore_conflicts=True)
    free = Q(tried_at=None) | Q(tried_at__lte=in_seconds(-INTERVAL_S))
    return bool(WebhookKeys.objects.filter(free, url=url).update(tried_at=Now()))


def _fetch(url: str) -> list[Jwk]:
    """On a loop of its own: once an hour is not worth the one that a process of syncs keeps."""
    loop = asyncio.new_event_loop()
    try:
        asked = fetch_keys(url, allow_insecure=settings.CANVAS_ALLOW_INSECURE)
        return loop.run_until_complete(asked)
    finally:
        loop.close()  # `asyncio.run` would wait for a name server that hangs


ring: Final = KeyRing()
