"""httpx connects to exactly the address that was checked, and to no other."""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore
import httpx
import pytest

from canvas.client.network import Resolve, guarded_transport, system_resolve
from canvas.errors import ConfigError

NAME = "school.example.edu"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
PUBLIC, OTHER, PRIVATE = "8.8.8.8", "2606:4700::1", "10.0.0.1"


class Dial(httpcore.AsyncNetworkBackend):
    """Opens connections that answer what they are made to; keeps where they led."""

    def __init__(self, *answers: bytes, dead: Iterable[str] = ()) -> None:
        self.answers = answers or (ANSWER,)
        self.dead = set(dead)
        self.dialed: list[str] = []
        self.shares: list[float | None] = []
        self.streams: list[Stream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.dialed.append(f"{host} {port}")
        self.shares.append(timeout)
        if host in self.dead:
            raise httpcore.ConnectError("nobody there")
        self.streams.append(Stream(self.answers))
        return self.streams[-1]


class Stream(httpcore.AsyncMockStream):
    def __init__(self, answers: Sequence[bytes]) -> None:
        super().__init__(list(answers))
        self.sent = b""
        self.tls_name: str | None = None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self.sent += buffer

    async def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: Any = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        self.tls_name = server_hostname
        return self


def resolving(*answers: Sequence[str] | Exception) -> Resolve:
    """Gives the n-th answer to the n-th question, the last one for ever."""
    rest = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        answer = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return resolve


def client(dial: Dial, resolve: Resolve, *, allow_private: bool = False) -> httpx.AsyncClient:
    transport = guarded_transport(allow_private=allow_private, resolve=resolve, dial=dial)
    return httpx.AsyncClient(transport=transport, trust_env=False)


async def got(dial: Dial, resolve: Resolve, url: str = f"https://{NAME}/x") -> httpx.Response:
    async with client(dial, resolve) as http:
        return await http.get(url)


async def test_the_checked_address_is_dialed_and_the_name_is_kept() -> None:
    dial = Dial()
    response = await got(dial, resolving([PUBLIC]))
    assert response.text == "[]"
    assert dial.dialed == [f"{PUBLIC} 443"]
    assert dial.streams[0].tls_name == NAME
    assert f"\r\nHost: {NAME}\r\n".encode() in dial.streams[0].sent


@pytest.mark.parametrize("private", [PRIVATE, "127.0.0.1", "169.254.169.254", "::1", "fe80::1%2"])
async def test_a_name_that_leads_inside_is_never_dialed(private: str) -> None:
    dial = Dial()
    with pytest.raises(ConfigError, match=f"{NAME} resolves to a private address"):
        await got(dial, resolving([private]))
    assert dial.dialed == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1"])
async def test_a_private_address_itself_is_never_dialed(host: str) -> None:
    dial = Dial()
    with pytest.raises(ConfigError, match="CANVAS_ALLOW_INSECURE"):
        await got(dial, resolving([PUBLIC]), f"http://{host}/x")
    assert dial.dialed == []


async def test_with_permission_a_private_address_is_dialed() -> None:
    dial = Dial()
    async with client(dial, resolving([PRIVATE]), allow_private=True) as http:
        await http.get(f"http://{NAME}:3000/x")
        await http.get("http://127.0.0.1:3000/x")
    assert dial.dialed == [f"{PRIVATE} 3000", "127.0.0.1 3000"]


async def test_an_answer_that_changes_is_checked_for_every_connection() -> None:
    dial = Dial(ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    async with client(dial, resolving([PUBLIC], [PRIVATE])) as http:
        await http.get(f"https://{NAME}/x")
        with pytest.raises(ConfigError):
            await http.get(f"https://{NAME}/x")
    assert dial.dialed == [f"{PUBLIC} 443"]


async def test_a_kept_connection_stays_with_its_address() -> None:
    dial = Dial(ANSWER, ANSWER)
    async with client(dial, resolving([PUBLIC], [PRIVATE])) as http:
        await http.get(f"https://{NAME}/x")
        await http.get(f"https://{NAME}/y")
    assert dial.dialed == [f"{PUBLIC} 443"]


async def test_the_next_address_is_tried_when_one_is_dead_and_private_ones_never() -> None:
    dial = Dial(dead=[OTHER])
    await got(dial, resolving([OTHER, PRIVATE, PUBLIC]))
    assert dial.dialed == [f"{OTHER} 443", f"{PUBLIC} 443"]


async def test_all_attempts_together_stay_within_the_time_to_connect() -> None:
    dial = Dial(dead=[OTHER])
    async with client(dial, resolving([OTHER, PUBLIC])) as http:
        await http.get(f"https://{NAME}/x", timeout=10)
    first, second = (share or 0.0 for share in dial.shares)
    assert first == pytest.approx(5, abs=1)
    assert 5 < second <= 10


@pytest.mark.parametrize(
    "trouble", [socket.gaierror(-2, "unknown"), UnicodeError("label too long"), []]
)
async def test_a_name_without_an_address_is_a_failed_connection(trouble: Any) -> None:
    with pytest.raises(httpx.ConnectError):
        await got(Dial(), resolving(trouble))


async def test_a_name_server_that_hangs_is_a_connection_not_made_in_time() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        raise AssertionError

    async with client(Dial(), resolve) as http:
        with pytest.raises(httpx.ConnectTimeout):
            await http.get(f"https://{NAME}/x", timeout=0.01)


async def test_the_system_is_asked_for_both_families() -> None:
    assert await system_resolve("127.0.0.1", 80) == ["127.0.0.1"]
    assert await system_resolve("::1", 80) == ["::1"]


async def test_the_pool_of_httpx_is_ours_and_nothing_is_sent_if_its_place_moves() -> None:
    transport = guarded_transport(allow_private=False, resolve=resolving([PUBLIC]), dial=Dial())
    assert isinstance(transport.__dict__.pop("_pool"), httpcore.AsyncConnectionPool)
    with pytest.raises(AttributeError, match="_pool"):
        await transport.handle_async_request(httpx.Request("GET", f"https://{NAME}/x"))
