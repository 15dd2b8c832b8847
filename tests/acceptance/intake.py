"""A web server that takes the Live Events of a simulated Canvas into a PostgreSQL mirror."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from management.web import APPLICATION
from simulator import Canvas
from tests.acceptance.driver import TOKEN, Mirror
from tests.events import Json, SigningKey, event
from tests.web import Web, web_server

# Making one takes a while. A kept connection may be to a process that was killed meanwhile.
CLIENT = httpx.Client(trust_env=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """An integration `north` of the mirror, and its address."""

    canvas: Canvas
    mirror: Mirror
    path: str

    @classmethod
    def of(cls, canvas: Canvas, mirror: Mirror, *flags: str) -> Inbox:
        said = mirror.manage("connect", "north", "--url", canvas.url, *flags, stdin=TOKEN)
        assert said.code == 0, said.stderr
        [path] = re.findall(r"/webhooks/canvas/\S+", said.stdout)
        return cls(canvas=canvas, mirror=mirror, path=path)

    @property
    def key(self) -> SigningKey:
        """The key that signs now."""
        key = self.canvas.live_events.keys.current
        return SigningKey(kid=key.kid, private=key.private)

    def event(self, name: str = "grade_change", **parts: Any) -> Json:
        """An event of this very Canvas."""
        return event(name, root_account_uuid=self.canvas.live_events.root_account_uuid, **parts)

    def stored(self) -> list[tuple[str, int]]:
        """Name and repeats of every event, oldest first."""
        found = self.mirror.sql("SELECT event_name, repeats FROM sync_webhookevent ORDER BY id")
        return [(str(name), int(repeats)) for name, repeats in found]

    def empty(self) -> None:
        self.mirror.sql("DELETE FROM sync_webhookevent RETURNING id")

    @contextmanager
    def web(
        self, log: Path, *, application: str = APPLICATION, **environment: str
    ) -> Iterator[Web]:
        """The web server of this mirror."""
        ours = dict(self.mirror.environment)
        ours["WEBHOOK_KEYS_URL"] = self.canvas.live_events.keys_url
        with web_server(log, application=application, **ours | environment) as web:
            yield web

    def post(self, web: Web, body: bytes, **headers: str) -> httpx.Response:
        """What it answers. Raises httpx.TransportError when it dies over it."""
        return CLIENT.post(f"{web.url}{self.path}", content=body, headers=headers)
