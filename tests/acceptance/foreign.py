"""What the tests of S2 share: a page with a foreign link, and every way of reading it."""

from typing import Any

from canvas.client import CanvasClient, LocalBudget
from canvas.client.control import ControlPlane
from tests.acceptance.driver import TOKEN
from tests.acceptance.evil import Evil, answer

ACCOUNTS = "/api/v1/accounts"


def page(following: str, *, home: Evil, evil: Evil) -> bytes:
    """A first page that names a next one; {h} and {e} in it are the ports of the two."""
    link = following.format(h=home.port, e=evil.port)
    return answer(b'[{"id":1,"name":"A"}]', link=f'<{link}>; rel="next"')


def client(url: str, **options: Any) -> CanvasClient:
    async def at_once(_: float) -> None: ...

    named: dict[str, Any] = {"allow_insecure": True, "max_attempts": 2, "sleep": at_once} | options
    return CanvasClient(url, token=TOKEN, budget=LocalBudget(), **named)


async def walk(url: str, **options: Any) -> int:
    """How many pages a walk has."""
    async with client(url, **options) as canvas:
        return len([page async for page in canvas.walk(ACCOUNTS, source="accounts")])


async def fetch(url: str) -> int:
    """How many records one page has."""
    async with client(url) as canvas:
        return len((await canvas.fetch(ACCOUNTS, source="accounts")).records)


async def control(url: str) -> int:
    """How many accounts canvasapi finds."""
    plane = ControlPlane(url, token=TOKEN, allow_insecure=True, timeout_s=2)
    return len(plane.accounts())
