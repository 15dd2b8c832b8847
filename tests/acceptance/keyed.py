"""A Canvas with a developer key and a mirror that is connected with it, as an operator does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from simulator import Canvas, start
from simulator.oauth import Authorisation, OAuth
from tests.acceptance.driver import Mirror, Result, Running

KEY, PUBLIC_KEY = "10000000000001", "10000000000002"
SECRET = "canary-client-secret-7c1e"
PATIENCE_S = 60.0
ENDPOINT = "/login/oauth2/token"
CREDENTIAL = (
    "SELECT client_id, sealed_token, sealed_client_secret, sealed_refresh_token, paused_at "
    "FROM canvas_canvasintegration"
)


@dataclass(slots=True, kw_only=True)
class School:
    """`agreed` holds what the Canvas knows: it follows every refresh."""

    canvas: Canvas
    oauth: OAuth
    agreed: Authorisation

    @property
    def granted(self) -> int:
        """Refreshes that reached the Canvas and were answered with a token."""
        return self.oauth.granted

    def connect(
        self,
        mirror: Mirror,
        *options: str,
        client_id: str | None = None,
        secret: str = SECRET,
        refresh_token: str | None = None,
        **environment: str | None,
    ) -> Result:
        """Both secrets come by stdin, as from a password store."""
        key = client_id or self.agreed.client_id
        said = mirror.manage(
            *("connect", "north", "--url", self.canvas.url, "--client-id", key, *options),
            stdin=f"{secret}\n{refresh_token or self.agreed.refresh_token}\n",
            **environment,
        )
        self.look_through(said)
        return said

    def look_through(self, said: Result) -> None:
        """No secret is in any output."""
        text = said.stdout + said.stderr
        for secret in (SECRET, self.agreed.access_token, self.agreed.refresh_token):
            assert secret not in text


@contextmanager
def school(*, rotating: bool = False) -> Iterator[School]:
    oauth = OAuth()
    oauth.add_key(KEY, SECRET)
    oauth.add_key(PUBLIC_KEY, SECRET, rotating=True)
    with start("tiny", oauth=oauth, throttle=False) as canvas:
        agreed = oauth.authorise(PUBLIC_KEY if rotating else KEY)
        yield School(canvas=canvas, oauth=oauth, agreed=agreed)


def without_variables(mirror: Mirror) -> Mirror:
    """The environment names no Canvas and no token."""
    for name in ("CANVAS_URL", "CANVAS_TOKEN"):
        mirror.environment.pop(name, None)
    return mirror


def next_line(process: Running) -> str:
    """What a running process says next."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line, process.communicate()[1]
    return line


def tell(process: Running) -> None:
    """Let it go on."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def wait_until_granted(school: School, number: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while school.granted < number:
        assert time.monotonic() < deadline, school.oauth
        time.sleep(0.02)


# Reads in bursts, one for each line on stdin; says `read` or the code of the error after each.
READER = """
import asyncio, sys
from canvas.errors import CanvasError
from canvas.models import CanvasIntegration
from workers.bridge import bridge
from workers.wiring import client_for

async def read(client, times):
    for _ in range(times):
        await client.fetch("/api/v1/users/self", source="identity", listing=False)

async def burst(client):
    try:
        await asyncio.gather(*(read(client, 4) for _ in range(3)))
    except CanvasError as error:
        return error.code
    return "read"

async def main():
    async with client_for(await CanvasIntegration.objects.aget()) as client:
        while True:
            print(await burst(client), flush=True)
            if not await asyncio.to_thread(sys.stdin.readline):
                return

bridge.run(main())
"""

# Renews its token once, with a claim of two seconds; says `ready`, `renewed` and `read`.
RENEWER = """
import asyncio, sys
from canvas.client import CanvasClient, LocalBudget
from canvas.models import CanvasIntegration
from workers.bridge import bridge
from workers.credentials import token_source_for

async def main():
    integration = await CanvasIntegration.objects.aget()
    tokens = token_source_for(integration, term_s=2.0)
    token = await tokens.current()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    assert await tokens.renew(token) != token
    print("renewed", flush=True)
    budget, url = LocalBudget(), integration.base_url
    async with CanvasClient(url, token=tokens, budget=budget, allow_insecure=True) as client:
        await client.fetch("/api/v1/users/self", source="identity", listing=False)
    print("read", flush=True)

bridge.run(main())
"""


def begin(mirror: Mirror, code: str) -> Running:
    return mirror.start("shell", "--no-imports", "-c", code)
