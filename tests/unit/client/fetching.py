"""A downloader against a script, for the tests of files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from canvas.client.auth import FixedToken, Token
from canvas.client.budget import HeldSlot, Slot
from canvas.client.download import Downloader
from canvas.client.origin import parse_base_url
from canvas.client.received import Downloaded, Wanted
from tests.unit.client.canned import BASE, TOKEN, Chunks, Script, Step

ORIGIN = parse_base_url(BASE, allow_insecure=False)
PATH = "/files/7/download?download_frd=1&verifier=Zm9v"
STORAGE = "https://storage.example.com/a?signature=canary-signature"
FILE = b"a page of notes"
SENT = {"content-type": "text/plain", "content-length": str(len(FILE))}


class Tokens(FixedToken):
    """The first token is followed by one other; counts what it was told."""

    def __init__(self) -> None:
        super().__init__(TOKEN, origin=ORIGIN)
        self.renewed = self.given_up = 0

    async def renew(self, refused: Token) -> Token:
        self.renewed += 1
        return Token(value="second-token")

    async def refused(self, token: Token) -> None:
        self.given_up += 1


class OpenBudget:
    """Lets everybody in and remembers the slots."""

    def __init__(self) -> None:
        self.slots: list[HeldSlot] = []

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        self.slots.append(HeldSlot(waited_s=0.0, throttled_s=0.0))
        yield self.slots[-1]


class Fetching:
    """A downloader against a script, and everything it touches."""

    def __init__(self, *steps: Step, **options: Any) -> None:
        self.script, self.tokens, self.budget = Script(*steps), Tokens(), OpenBudget()
        self.kept = bytearray()
        self.downloader = Downloader(
            ORIGIN,
            tokens=self.tokens,
            budget=self.budget,
            user_agent="x/1",
            transport=httpx.MockTransport(self.script),
            **{"allow_insecure": False} | options,
        )

    async def keep(self, chunk: bytes) -> None:
        self.kept += chunk

    async def __call__(self, address: str = PATH, **wanted: Any) -> Downloaded:
        named: dict[str, Any] = {"to": self.keep, "max_bytes": 100} | wanted
        asked = Wanted(**named)
        return await self.downloader.download(address, wanted=asked)

    @property
    def authorized(self) -> list[bool]:
        return ["authorization" in request.headers for request in self.script.requests]


def whole(*pieces: bytes, **headers: str) -> Step:
    named = SENT | {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda _: httpx.Response(200, headers=named, stream=Chunks(*pieces or (FILE,)))


def leads_to(*locations: str, status: int = 302) -> Step:
    headers = [("location", location) for location in locations]
    headers.append(("set-cookie", "session=canary; Path=/"))
    return lambda _: httpx.Response(status, headers=headers, stream=Chunks())
