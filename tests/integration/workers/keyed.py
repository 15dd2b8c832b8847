"""A simulated Canvas with a developer key, and an integration that is read with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from canvas.client.auth import Token
from canvas.client.oauth import refresh
from canvas.client.origin import Origin, parse_base_url
from canvas.models import CanvasIntegration
from simulator import Canvas, start
from simulator.oauth import Authorisation, OAuth
from tests.unit.client.canned import Clock
from workers.stored_grant import StoredGrant

KEY, PUBLIC_KEY, SECRET = "10000000000001", "10000000000002", "canary-client-secret"
ENDPOINT = "/login/oauth2/token"


@dataclass(slots=True, kw_only=True)
class Keyed:
    """`agreed` is what a person agreed to at the Canvas; the integration was given it."""

    canvas: Canvas
    oauth: OAuth
    agreed: Authorisation
    integration: CanvasIntegration

    @property
    def origin(self) -> Origin:
        return parse_base_url(self.canvas.url, allow_insecure=True)

    @property
    def row(self) -> CanvasIntegration:
        return CanvasIntegration.objects.get(pk=self.integration.pk)

    @property
    def asked(self) -> int:
        """How many refreshes have reached Canvas."""
        return len(self.canvas.requests.matching(ENDPOINT))

    def source(self, *, clock: Clock | None = None, **options: Any) -> StoredGrant:
        """One more process; with a clock, its time passes only by sleeping."""
        timing = {"clock": clock, "sleep": clock.sleep} if clock else {}
        exchange = partial(refresh, self.origin, allow_insecure=True)
        given: dict[str, Any] = {"exchange": exchange, "origin": self.origin}
        return StoredGrant(self.integration, **given | timing | options)

    def ends_in(self, seconds: float) -> None:
        """Both sides agree that the access token ends then."""
        at = timezone.now() + timedelta(seconds=seconds)
        CanvasIntegration.objects.filter(pk=self.integration.pk).update(token_expires_at=at)
        self.agreed.ends_at_s = self.oauth.clock() + seconds

    def accepts(self, token: Token) -> bool:
        return self.oauth.knows(token.value)


@contextmanager
def keyed(*, rotating: bool = False) -> Iterator[Keyed]:
    oauth = OAuth()
    oauth.add_key(KEY, SECRET)
    oauth.add_key(PUBLIC_KEY, SECRET, rotating=True)
    client_id = PUBLIC_KEY if rotating else KEY
    with start("tiny", oauth=oauth, throttle=False) as canvas:
        agreed = oauth.authorise(client_id)
        integration = CanvasIntegration(name="north", base_url=canvas.url)
        integration.set_grant(
            client_id=client_id,
            client_secret=SECRET,
            access_token=agreed.access_token,
            refresh_token=agreed.refresh_token,
        )
        integration.save()
        yield Keyed(canvas=canvas, oauth=oauth, agreed=agreed, integration=integration)


async def together(work: Callable[[], Any], *, times: int) -> list[Any]:
    """What each of them came to, exceptions included."""
    return await asyncio.gather(*(work() for _ in range(times)), return_exceptions=True)


def paused_lines(text: str) -> int:
    return text.count("integration.paused")
