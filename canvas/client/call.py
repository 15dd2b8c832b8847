"""What is asked and what came back: the values that travel between the rooms of the client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from canvas.client.paths import course_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. `total_s` bounds one request from sending to its last byte, slow drips included.

    Source: canvas-api 7.5.
    """

    connect_s: float = 10.0
    read_s: float = 100.0
    total_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where patience ends. `throttle_patience_s`: per request, across all its rejections."""

    max_body_bytes: int = 32 * 1024**2
    max_pages: int = 20_000
    throttle_patience_s: float = 600.0


# By their names in lower case: a plain dict is asked a dozen questions in the time of one that
# httpx's own headers take.
Headers = Mapping[str, str]
# Awaited with the headers of a good answer before its body is read.
SeenHead = Callable[[Headers], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `listing`: the answer is a list; otherwise it is one object."""

    url: httpx.URL
    source: str
    listing: bool
    number: int = 1
    method: str = "GET"
    body: bytes | None = None
    seen_head: SeenHead | None = None

    @property
    def course(self) -> int | None:
        return course_of(self.url.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; of a refusal only the start of the body. `asked_at` is by Canvas's clock."""

    status: int
    headers: Headers
    body: bytes
    asked_at: datetime | None = None
