"""The key set is fetched once, from its one address, without a token."""

import asyncio
import json

import httpx
import pytest

from canvas.client.keyset import MAX_BODY_BYTES, fetch_keys
from canvas.errors import CanvasError, ConfigError, RetryableError
from tests.events import SigningKey

URL = "https://keys.example.com/main/jwks"
KEY = SigningKey(kid="2026-03")
SET = json.dumps({"keys": [KEY.jwk]}).encode()


class Server(httpx.AsyncBaseTransport):
    """Answers everything alike after a while, and keeps what was asked."""

    def __init__(self, status: int = 200, body: bytes = SET, *, after_s: float = 0) -> None:
        self._status, self._body, self._after_s = status, body, after_s
        self.requests = list[httpx.Request]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await asyncio.sleep(self._after_s)
        headers = {"location": "https://evil.example/jwks"}
        return httpx.Response(self._status, headers=headers, content=self._body)


async def test_it_asks_once_and_says_nothing_of_itself() -> None:
    server = Server()
    assert await fetch_keys(URL, allow_insecure=False, transport=server) == [KEY.jwk]
    (request,) = server.requests
    assert (request.method, str(request.url)) == ("GET", URL)
    assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((302, b""), (404, b"{}"), (500, SET)),
        *((200, b"<html>"), (200, b'{"keys": []}'), (200, b"[" * 100_000)),
    ],
)
async def test_an_answer_without_keys_may_be_better_later(status: int, body: bytes) -> None:
    server = Server(status, body)
    with pytest.raises(RetryableError):
        await fetch_keys(URL, allow_insecure=False, transport=server)
    assert len(server.requests) == 1


async def test_an_endless_answer_is_not_read() -> None:
    server = Server(body=b" " * (MAX_BODY_BYTES + 1))
    with pytest.raises(CanvasError, match="an answer of more than 1 MiB"):
        await fetch_keys(URL, allow_insecure=False, transport=server)


async def test_a_server_that_hangs_is_waited_for_for_a_while() -> None:
    server = Server(after_s=60)
    with pytest.raises(RetryableError, match="in time"):
        await fetch_keys(URL, allow_insecure=False, transport=server, total_s=0.05)


@pytest.mark.parametrize(
    "url",
    [
        *("http://keys.example.com/jwks", "https://127.0.0.1/jwks", "https://keys/jwks"),
        *("ftp://keys.example.com/", "keys.example.com", "", "https://a:b@keys.example.com/"),
    ],
)
async def test_another_address_than_https_to_a_public_host_is_not_asked(url: str) -> None:
    server = Server()
    with pytest.raises(ConfigError, match="WEBHOOK_KEYS_URL"):
        await fetch_keys(url, allow_insecure=False, transport=server)
    assert server.requests == []


async def test_a_server_of_ones_own_must_be_allowed() -> None:
    url = "http://127.0.0.1:8900/jwks"
    assert await fetch_keys(url, allow_insecure=True, transport=Server()) == [KEY.jwk]
