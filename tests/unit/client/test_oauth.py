"""The one request of a refresh: what it sends, to whom, and how long it may take."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import httpx
import pytest

from canvas.client.grants import Grant
from canvas.client.oauth import MAX_BODY_BYTES, DeveloperKey, refresh
from canvas.client.origin import parse_base_url
from canvas.errors import (
    CanvasError,
    ConfigError,
    ConnectionLostError,
    ContractError,
    RetryableError,
)
from tests.unit.client.canned import BASE, Chunks, Script, breaks, says

ORIGIN = parse_base_url(BASE, allow_insecure=False)
SECRETS = ("canary-secret&=%", "canary-refresh+/=")
GRANTED = '{"access_token": "canary-access", "expires_in": 3600}'


async def refreshed(script: Script, *, total_s: float = 5.0) -> Grant:
    return await refresh(
        ORIGIN,
        key=DeveloperKey(client_id="10000000000001", client_secret=SECRETS[0]),
        refresh_token=SECRETS[1],
        transport=httpx.MockTransport(script),
        total_s=total_s,
    )


async def test_it_posts_one_form_to_the_origin() -> None:
    script = Script(says(GRANTED))
    grant = await refreshed(script)
    (request,) = script.requests
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/login/oauth2/token")
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["10000000000001"],
        "client_secret": [SECRETS[0]],
        "refresh_token": [SECRETS[1]],
    }
    assert grant == Grant(access_token="canary-access", expires_in_s=3600)


async def test_it_says_who_asks_and_carries_no_token() -> None:
    script = Script(says(GRANTED))
    await refreshed(script)
    headers = script.requests[0].headers
    assert headers["user-agent"].startswith("canvas-mirror/")
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert not {"authorization", "cookie", "referer"} & set(headers)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    script = Script(says("", status=status, headers={"location": "https://evil.example/x"}))
    with pytest.raises(ConfigError):
        await refreshed(script)
    assert len(script.requests) == 1


async def test_it_asks_once_whatever_happens() -> None:
    script = Script(says("", status=503))
    with pytest.raises(RetryableError):
        await refreshed(script)
    assert len(script.requests) == 1


@pytest.mark.parametrize("lost", [httpx.ConnectError("no"), httpx.ReadError("no")])
async def test_a_lost_connection_may_be_tried_again(lost: Exception) -> None:
    with pytest.raises(ConnectionLostError):
        await refreshed(Script(breaks(lost)))


class Dripping(Chunks):
    """A byte now and then, for ever."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b" "


async def test_a_slow_drip_ends_at_the_deadline() -> None:
    dripping = Script(
        lambda _: httpx.Response(
            200, headers={"content-type": "application/json"}, stream=Dripping()
        )
    )
    with pytest.raises(ConnectionLostError, match="in time"):
        await refreshed(dripping, total_s=0.2)


async def test_an_endless_body_is_not_read() -> None:
    with pytest.raises(ContractError):
        await refreshed(Script(says(b" " * (MAX_BODY_BYTES + 1))))


async def test_no_error_shows_a_secret() -> None:
    scripts = [
        Script(says(f'{{"error": "invalid_client", "x": "{SECRETS[1]}"}}', status=401)),
        Script(says(f'{{"access_token": ["{SECRETS[0]}"]}}')),
        Script(says(f'{{"access_token": "{SECRETS[0]}')),
        Script(breaks(httpx.ReadError("no"))),
    ]
    for script in scripts:
        with pytest.raises(CanvasError) as caught:
            await refreshed(script)
        shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
        assert "canary" not in shown


def test_the_key_hides_its_secret() -> None:
    assert "canary" not in repr(DeveloperKey(client_id="1", client_secret=SECRETS[0]))
